"""Gates: decide whether a new edition of a leaderboard may replace the last good one.

What belongs here: pure functions of two editions. Reading the files belongs in `aggregator.pipeline`.
"""
