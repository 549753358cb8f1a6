"""Prefect flows and their runners: what runs when, in which order, with which retries.

What belongs here: code that needs Prefect, and `refresh.py`, the order of the steps. The steps themselves belong in
`aggregator.pipeline`, the command line in `metaboard`.
"""

# `aggregator` installs the import finder that also names the new place of modules that moved out of this package.
import aggregator as aggregator
