"""Queries to one published DuckDB file: lists, search by name, and the page of one model.

What belongs here: read-only SQL and its parameters. How results are shown belongs in `metaboard` (terminal) and in
`aggregator.site` (page).
"""
