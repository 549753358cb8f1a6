"""One file a command family; `metaboard.app` lists all commands."""
