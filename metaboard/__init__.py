"""The command line: parse options, call the library, print the result.

What belongs here: commands, options, and the format of printed results. What does not: logic that another program
could use (`aggregator`), and Prefect flows (`flows`). No other package imports this one.
"""
