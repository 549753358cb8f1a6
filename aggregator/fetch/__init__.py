"""Download a leaderboard's files over HTTP, or read them from a mirror folder.

What belongs here: clients, allow-lists of hosts, limits, checks of downloaded bytes, and the request to the webhook.
Parsing rows belongs in `aggregator.sources`, keeping bytes in `aggregator.store`.
"""
