"""Questions to one published DuckDB file: lists, search by name, and the page of one model.

What belongs here: read-only SQL and its parameters. How answers look on a terminal belongs in `metaboard`, on the
page in `aggregator.site`.
"""
