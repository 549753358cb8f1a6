"""Turn a typed model name into a model id, and say on stderr what it was taken for."""

from aggregator.query.queries import Connection
from aggregator.query.releases import default_setting
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


def choose_release(connection: Connection, text: str) -> str:
    """Return the model that `text` means: for the name of a release its default setting, for a whole id that model.

    A setting without an effort in its name often has the name of its release, and people mean the release by it. Raises
    `UnresolvedModelError` as `choose_model`.
    """
    model_id = choose_model(connection, text)
    default = default_setting(connection, model_id)
    if "/" in text or default is None or default == model_id:
        return model_id
    print_message(
        f"{visible(text)}: taken for the release, by its default setting {default}; write {model_id} for the setting of that name.",
        "dim",
    )
    return default
