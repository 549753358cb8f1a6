"""Follow an old model id that a person typed, and say so on stderr."""

from aggregator.query.moves import find_move
from aggregator.query.queries import Connection
from aggregator.text import visible
from metaboard.display import print_message


def follow(connection: Connection, text: str) -> str:
    """Return the id of today where `text` is an old id, with a message on stderr; any other text unchanged."""
    move = find_move(connection, text)
    if move is None:
        return text
    print_message(
        f"{visible(move.old_id)} is {visible(move.new_id)} since {move.moved_on}: {visible(move.reason)}", "dim"
    )
    return move.new_id
