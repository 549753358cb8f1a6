"""Run the command line as `python -m metaboard`."""

from metaboard.app import main

if __name__ == "__main__":
    main()
