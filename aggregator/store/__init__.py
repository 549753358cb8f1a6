"""The home directory on disk: snapshots, generations, history, and the lock for the one writing process.

What belongs here: files and their checksums. DuckDB belongs in `aggregator.warehouse`, downloads in `aggregator.fetch`.
"""
