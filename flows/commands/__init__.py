"""The commands of `metaboard`, a file for each kind of work."""
