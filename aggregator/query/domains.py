"""Read the domains of one DuckDB file: which there are, and the abilities of a release or model in each."""

from aggregator.errors import UsageError
from aggregator.query.queries import Connection, Row, fetch_rows

_DOMAINS = "select distinct domain, track from domain_abilities order by track desc, domain"
_OF_ONE = """
select d.*, (select count(o.rank) from domain_abilities as o where o.grain = d.grain and o.track = d.track and o.domain = d.domain) as of
from domain_abilities as d
where d.grain = $grain and d.id = $id
order by d.borrowed, d.domain
"""


class UnknownDomainError(UsageError):
    """No domain of the track has this name; the hint lists those that it has."""


def plain_domain(text: str) -> str:
    """Return a typed name of a domain as the tables spell it: with blanks, in small letters."""
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())


def read_domain_names(connection: Connection, track: str) -> list[str]:
    """Return the domains of a track."""
    return [str(row["domain"]) for row in fetch_rows(connection, _DOMAINS) if row["track"] == track]


def find_domain(connection: Connection, text: str, track: str) -> str:
    """Return the domain with the name `text`, or the only one of `track` whose name begins with it.

    Underscores and hyphens count as blanks. Raises `UnknownDomainError` for any other text.
    """
    of_track: dict[str, list[str]] = {}
    for row in fetch_rows(connection, _DOMAINS):
        of_track.setdefault(str(row["track"]), []).append(str(row["domain"]))
    known = of_track.get(track, [])
    wanted = plain_domain(text)
    begun = [domain for domain in known if wanted and domain.startswith(wanted)]
    if wanted in known:
        return wanted
    if len(begun) == 1:
        return begun[0]
    elsewhere = [other for other, domains in of_track.items() if other != track and wanted in domains]
    more = f" Track {elsewhere[0]} has it: add `--track {elsewhere[0]}`." if elsewhere else ""
    raise UnknownDomainError(
        f"no domain of track {track} has the name {text!r}", hint=f"Choose one of {', '.join(begun or known)}.{more}"
    )


def read_domains(connection: Connection, grain: str, row_id: str) -> list[Row]:
    """Return the rows of `domain_abilities` of one release or model, the least borrowed first; `of` counts the ranked ones."""
    return fetch_rows(connection, _OF_ONE, {"grain": grain, "id": row_id})
