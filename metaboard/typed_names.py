"""Turn a typed model name into a model id, and say on stderr what it was taken for."""

from aggregator.query.queries import Connection
from aggregator.query.search import find_match
from aggregator.text import visible
from metaboard.display import print_message
from metaboard.moved_ids import follow


def choose_model(connection: Connection, text: str) -> str:
    """Return the id of the model that `text` means; raises `UnresolvedModelError` as `find_match` does.

    Unless nothing else can be meant, a message on stderr names the model and others that fit.
    """
    match = find_match(connection, follow(connection, text))
    if match.note:
        print_message(f"{visible(text)}: {visible(match.note)}", "dim")
    return match.model_id
