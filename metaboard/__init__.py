"""The command line: parse options, call the library, print the result.

What belongs here: commands and how results look on a terminal. Nothing imports this package.
"""
