"""The steps of a refresh as plain functions, and the reports about it.

What belongs here: code that combines several of the packages below. Order, retries and schedules belong in `flows`.
"""
