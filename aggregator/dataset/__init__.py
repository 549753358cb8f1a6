"""The published dataset: a folder of Parquet, DuckDB and CSV files with documents and checksums.

What belongs here: the shape of that folder and its verification. Uploading it belongs in `aggregator.hub`.
"""
