"""Commands for maintainers; they are not part of the wheel.

What belongs here: programs that write generated files of the repository. Each has a target in the Makefile. What does
not: anything that a user of Metaboard runs.
"""
