"""Functions behind the commands, one module for each family of commands.

What belongs here: parse the options, call the library, print the result. `metaboard.command_table` lists all commands.
"""
