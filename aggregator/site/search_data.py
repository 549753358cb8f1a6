"""Read the data of the page's search: the names and the words that the macro `find` reads, in a compact form."""

from collections.abc import Sequence
from itertools import pairwise

from aggregator.query.queries import Row
from aggregator.site.published_file import PublishedFile

_MODELS = "select distinct model_id, own, is_listed, params_b, place from search_names order by place"
_NAMES = """
select
    model_id, named, weight, numbers, is_sized, len(list_distinct(tokens)) as distinct,
    if(named = 'id', null, lower(spelling)) as spelling
from search_names
order by name
"""
_WORDS = "select word, weight, own, names, owned from search_words order by word"
NAME_COLUMNS = ("named", "weight", "numbers", "is_sized", "distinct", "spelling")


def read_search(file: PublishedFile) -> dict[str, object]:
    """Return `{models, names, words}` by column; names refer to models, and words to names, by position.

    The lists of names start with the first position and go on with differences, which compress better.
    """
    models = file.rows(_MODELS, "search_names")
    names = file.rows(_NAMES, "search_names")
    words = file.rows(_WORDS, "search_words")
    place = {row["model_id"]: at for at, row in enumerate(models)}
    return {
        "models": {column: _column(models, column) for column in ("model_id", "own", "is_listed", "params_b")},
        "names": {"model": [place[row["model_id"]] for row in names]}
        | {column: _column(names, column) for column in NAME_COLUMNS},
        "words": {column: _column(words, column) for column in ("word", "weight", "own")}
        | {column: [_differences(row[column]) for row in words] for column in ("names", "owned")},
    }


def _column(rows: Sequence[Row], column: str) -> list[object]:
    """Return one column, with 0 and 1 for booleans."""
    return [int(value) if isinstance(value := row[column], bool) else value for row in rows]


def _differences(numbers: object) -> list[int]:
    listed = [0, *map(int, numbers)] if isinstance(numbers, list) else [0]
    return [after - before for before, after in pairwise(listed)]
