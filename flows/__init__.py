"""Prefect flows and their runners: what runs when, in which order, with which retries.

What belongs here: code that needs Prefect, and `refresh.py`, the order of the steps. The steps themselves belong in
`aggregator.pipeline`, the command line in `metaboard`.
"""

# Importing `aggregator` installs the finder that gives the new name of a module that moved out of this package.
import aggregator as aggregator
