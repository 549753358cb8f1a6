"""Follow model ids that were published earlier to the ids of today, by the table `model_moves`."""

from dataclasses import dataclass

from aggregator.query.queries import Connection, fetch_rows


@dataclass(frozen=True)
class Move:
    """An id that no model has now, with the id of today and why it moved."""

    old_id: str
    new_id: str
    moved_on: str
    reason: str


_HAS_MOVES = "select 1 from duckdb_tables() where table_name = 'model_moves'"
_MOVE = """
select old_id, new_id, moved_on::varchar as moved_on, reason
from model_moves
where lower(old_id) = lower(trim($text)) and not exists (select 1 from models where lower(model_id) = lower(trim($text)))
order by old_id = trim($text) desc, old_id
limit 1
"""


def find_move(connection: Connection, text: str) -> Move | None:
    """Return the move of the old id `text` (in any casing); None for a present id, any other text, and an older file."""
    if not fetch_rows(connection, _HAS_MOVES):
        return None
    found = fetch_rows(connection, _MOVE, {"text": text})
    return Move(**{name: str(value) for name, value in found[0].items()}) if found else None


def current_id(connection: Connection, text: str) -> str:
    """Return the id of today of an old id, and any other text unchanged."""
    move = find_move(connection, text)
    return move.new_id if move else text
