"""`python -m metaboard` runs the command line."""

from metaboard.app import main

if __name__ == "__main__":
    main()
