"""The page: a static site of one generation, which needs no server and sends no request to another host.

What belongs here: queries for the page, templates and data scripts; the JavaScript sources are in `web/`. Data are
script files that assign JSON, because a page opened from a folder can load scripts but cannot read files.
"""

from aggregator.site.build import BuiltSite, build_site

__all__ = ["BuiltSite", "build_site"]
