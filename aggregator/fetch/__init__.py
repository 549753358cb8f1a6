"""Download a leaderboard's files over HTTP, or read them from a mirror folder.

What belongs here: clients, allow-lists of hosts, limits, and checks of downloaded bytes. Parsing rows belongs in
`aggregator.sources`, keeping bytes in `aggregator.store`.
"""
