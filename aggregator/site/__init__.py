"""The page: a static site that shows one generation, without a server and without a request to anybody else.

`build` is all that other modules need. Data travel as script files that assign JSON, because a page opened from a
folder may run a script beside it and may not read a file beside it.
"""

from aggregator.site.build import Built, build

__all__ = ["Built", "build"]
