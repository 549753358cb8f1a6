"""Write the file of a leaderboard from the meaning of its columns; the text is formatted as ruff formats it."""

import builtins
import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aggregator.model import Domain, Track
from aggregator.pipeline.board_address import Address
from aggregator.pipeline.board_guess import Guess, Score, domain_of, is_empty, is_number, slug
from aggregator.pipeline.board_sample import Sample
from aggregator.pipeline.python_text import quoted
from aggregator.sources import wire

WIDTH = 120
READERS = {
    "csv": ("csv_table", "read_csv"),
    "json": ("records", "read_records"),
    "yaml": ("records", "read_yaml"),
    "markdown": ("markdown_table", "read_markdown"),
    "parquet": ("parquet", "read_parquet"),
}
"""The module and the function that read a format."""
MANY = 5
"""From this number on, benchmarks of one range are written as a table."""
TEXT_FACTS = ("organization", "license", "link")
MIN_ROWS = (2, 20)
"""The smallest and the greatest `min_rows`: half of the sample's rows between them."""


_PLAIN = Score("", 0.0, 100.0, is_open=False, has_gaps=False, domain=Domain.GENERAL, higher_is_better=True)


@dataclass(frozen=True)
class BoardCode:
    """One board: what its file states."""

    id: str
    title: str
    track: Track
    address: Address
    sample: Sample
    guess: Guess

    def text(self) -> str:
        """Return the Python file."""
        parts = [self._head(), self._row(), self._benchmarks(), self._parse(), self._source()]
        return "\n\n\n".join("\n".join(part) for part in parts) + "\n"

    @property
    def rank_rule(self) -> str:
        """The name of the rank rule."""
        return "SCORE" if self.guess.overall else "WIN_RATE"

    def _head(self) -> Iterator[str]:
        guess, media = self.guess, self.sample.media
        module, reader = READERS[media]
        uses_nested = self.sample.nested is not None
        yield f'"""{self.title}: {_count(guess.benchmarks)} of models.'
        yield ""
        yield f"The columns and their ranges are guessed from a sample of {self.sample.rows} rows."
        yield '"""'
        yield ""
        yield "from collections.abc import Mapping"
        yield ""
        yield "import dataframely as dy"
        if self._needs_polars:
            yield "import polars as pl"
        yield ""
        yield f"from aggregator.model import {', '.join(self._model_names())}"
        yield "from aggregator.sources import wire"
        yield "from aggregator.sources.board import Benchmark, build_board, one_row_per_name"
        lines = [
            f"from aggregator.sources.{module} import {', '.join(sorted([reader, *['with_nested'] * uses_nested]))}"
        ]
        lines += [f"from aggregator.sources.{self.address.module} import {self.address.function}"] * (
            self.address.module != "model"
        )
        lines += ["from aggregator.sources.hub import linked_model_id"] * ("hf_id" in guess.facts)
        yield from _merged(lines)
        yield ""
        yield f"ID = {quoted(self.id)}"
        yield from _call("FILE = ", self.address.function, self.address.arguments)
        if guess.ignored and media != "markdown":
            yield from _tuple("UNUSED_COLUMNS", guess.ignored)
        if media == "markdown":
            yield from _tuple("HEADER", list(self.sample.columns))

    @property
    def _needs_polars(self) -> bool:
        return bool(self.guess.overall) or "params_b" in self.guess.facts or "hf_id" in self.guess.facts

    def _model_names(self) -> list[str]:
        names = {"Domain", "NO_LICENSE", "Parsed", "RankRule", "Source", "Track"}
        # As the linter sorts: constants, then classes.
        return sorted(names | ({"Resource"} if self.address.module == "model" else set()), key=_import_order)

    def _row(self) -> Iterator[str]:
        guess = self.guess
        yield "class Row(wire.Wire):"
        yield '    """The used columns."""'
        yield ""
        taken = set[str]()
        yield from _field(guess.name, taken, "wire.name_column", [])
        scores = {score.column: score for score in (*guess.benchmarks, *([guess.overall] if guess.overall else []))}
        for column, score in scores.items():
            gaps = [] if score is guess.overall else ["nullable=True"]
            yield from _field(column, taken, "dy.Float64", [*gaps, f"min={score.low:g}", f"max={score.high:g}"])
        for fact, column in guess.facts.items():
            yield from (
                _field(column, taken, "dy.Float64", ["nullable=True", "min=0"])
                if fact == "params_b"
                else _field(column, taken, "wire.text", [])
            )
        for column in guess.ignored if self.sample.media == "markdown" else ():
            given = [value for value in self.sample.columns[column] if not is_empty(value)]
            yield from (
                _field(column, taken, "dy.Float64", ["nullable=True"])
                if given and all(map(is_number, given))
                else _field(column, taken, "wire.text", [])
            )

    def _benchmarks(self) -> Iterator[str]:
        scores = self.guess.benchmarks
        is_uniform = all(replace(score, column="", domain=_PLAIN.domain, has_gaps=False) == _PLAIN for score in scores)
        if len(scores) < MANY or not is_uniform:
            yield "BENCHMARKS = ("
            for score in scores:
                yield from _indented(_call("", "Benchmark", _benchmark_arguments(score), end=","))
            yield ")"
            return
        yield "SCORES = ("
        for score in scores:
            row = [quoted(score.slug), quoted(score.column), f"Domain.{score.domain.name}"]
            yield from _indented(_call("", "", row, end=","))
        yield ")"
        yield '"""The name of each benchmark, its column, and its domain."""'
        made = 'Benchmark(name, column, domain, "score, 0–100", column=column)'
        yield f"BENCHMARKS = tuple({made} for name, column, domain in SCORES)"

    def _parse(self) -> Iterator[str]:
        guess, sample = self.guess, self.sample
        reader = READERS[sample.media][1]
        best = (guess.overall or guess.benchmarks[0]).column
        higher = (guess.overall or guess.benchmarks[0]).higher_is_better
        yield "def parse(files: Mapping[str, bytes]) -> Parsed:"
        yield '    """Read the table; raises `SourceError`."""'
        arguments = ["ID", "FILE.path", "files[FILE.name]", "Row"]
        arguments += ["header=HEADER"] * (sample.media == "markdown")
        arguments += [f"name={quoted(guess.name)}"]
        arguments += ["ignored=UNUSED_COLUMNS"] * bool(guess.ignored and sample.media != "markdown")
        arguments += [f"flatten=with_nested(ID, FILE.path, {quoted(sample.nested)})"] if sample.nested else []
        yield from _indented(_call("sheet = ", reader, arguments))
        yield "    wire.require_rows(ID, FILE.path, sheet, SOURCE.min_rows)"
        rows = "sheet.rows"
        if texts := [quoted(column) for fact, column in guess.facts.items() if fact in TEXT_FACTS]:
            yield from _indented(_call("blank = ", "wire.blank_to_null", texts))
            yield "    named = sheet.rows.with_columns(blank)"
            rows = "named"
        direction = [] if higher else ["higher_is_better=False"]
        yield from _indented(
            _call("rows = ", "one_row_per_name", [rows, quoted(guess.name), f"best={quoted(best)}", *direction])
        )
        yield "    return build_board("
        for argument in ("ID", "[sheet]", "rows", "BENCHMARKS", f"name={quoted(guess.name)}", *self._build_arguments()):
            yield f"        {argument},"
        yield "    )"

    def _build_arguments(self) -> Iterator[str]:
        guess = self.guess
        if guess.facts:
            facts = [f"            {quoted(fact)}: {_fact(fact, column)}," for fact, column in guess.facts.items()]
            yield "\n".join(["facts={", *facts, "        }"])
        if guess.overall:
            yield f"board_score=pl.col({quoted(guess.overall.column)})"
        day = guess.facts.get("submitted_on")
        yield f"published_on=rows.select(wire.day({quoted(day)}).max()).item()" if day else "published_on=None"

    def _source(self) -> Iterator[str]:
        guess = self.guess
        yield "SOURCE = Source("
        unit = _unit(guess.overall) if guess.overall else "mean win rate over its benchmarks, 0–1"
        fields = {
            "id": "ID",
            "title": quoted(self.title),
            "track": f"Track.{self.track.name}",
            "rank_rule": f"RankRule.{self.rank_rule}",
            "score_unit": quoted(unit),
            "homepage": quoted(self.address.homepage),
            "license": "NO_LICENSE",
            "citation": quoted(f"{self.title}, {self.address.homepage}"),
            "resources": "(FILE,)",
            "parse": "parse",
            "min_rows": str(max(MIN_ROWS[0], min(MIN_ROWS[1], self.sample.rows // 2))),
            "domain": f"Domain.{(guess.overall or guess.benchmarks[0]).domain.name}"
            if len(guess.benchmarks) == 1
            else f"Domain.{domain_of(self.id).name}",
        }
        if guess.overall and not guess.overall.higher_is_better:
            fields["higher_is_better"] = "False"
        for name, value in fields.items():
            yield f"    {name}={value},"
        yield ")"


def _import_order(name: str) -> tuple[bool, str]:
    return (not name.isupper(), name)


def _count(benchmarks: Sequence[Score]) -> str:
    return "scores" if len(benchmarks) == 1 else f"scores of {len(benchmarks)} benchmarks"


def _merged(lines: Sequence[str]) -> list[str]:
    """Return import lines in order, with one line per module."""
    names: dict[str, set[str]] = {}
    for line in lines:
        module, _, imported = line.partition(" import ")
        names.setdefault(module, set()).update(imported.split(", "))
    return [f"{module} import {', '.join(sorted(found))}" for module, found in sorted(names.items())]


def _call(start: str, function: str, arguments: Sequence[str], *, end: str = "") -> list[str]:
    """Return a call on one line, or with one argument per line when it is too long."""
    line = f"{start}{function}({', '.join(arguments)}){end}"
    if len(line) <= WIDTH - 8 and line.isascii():
        return [line]
    return [f"{start}{function}(", *(f"    {argument}," for argument in arguments), f"){end}"]


def _tuple(name: str, texts: Sequence[str]) -> Iterator[str]:
    """Yield a tuple of texts on one line, or on several with some texts each."""
    whole = f"{name} = ({', '.join(map(quoted, texts))}{',' * (len(texts) == 1)})"
    if len(whole) <= WIDTH and whole.isascii():
        yield whole
        return
    line = list[str]()
    yield f"{name} = ("
    for text in texts:
        if line and len(", ".join([*line, quoted(text)])) > WIDTH - 20:
            yield f"    *({', '.join(line)}{',' * (len(line) == 1)}),"
            line = []
        line.append(quoted(text))
    yield f"    *({', '.join(line)}{',' * (len(line) == 1)}),"
    yield ")"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _attribute(column: str, taken: set[str]) -> str:
    """Return an identifier for a column that no other column and no attribute of the schema has."""
    name = slug(column)
    if keyword.iskeyword(name) or hasattr(wire.Wire, name) or (hasattr(builtins, name) and name != column):
        name += "_"
    while name in taken:
        name += "_2"
    taken.add(name)
    return name


def _field(column: str, taken: set[str], function: str, arguments: Sequence[str]) -> list[str]:
    """Return the declaration of a column, with `alias` where the attribute differs from its name."""
    attribute = _attribute(column, taken)
    alias = [] if attribute == column else [f"alias={quoted(column)}"]
    return _indented(_call(f"{attribute} = ", function, [*alias, *arguments]))


def _benchmark_arguments(score: Score) -> list[str]:
    arguments = [quoted(score.slug), quoted(score.column), f"Domain.{score.domain.name}", quoted(_unit(score))]
    arguments += [f"column={quoted(score.column)}"] if score.column != score.slug else []
    arguments += ["low=None", "high=None"] if score.is_open else [f"high={score.high}"] if score.high != 100 else []
    return arguments + ([] if score.higher_is_better else ["higher_is_better=False"])


def _unit(score: Score) -> str:
    return f"{score.column}, open scale" if score.is_open else f"{score.column}, {score.low:g}–{score.high:g}"


def _fact(fact: str, column: str) -> str:
    """Return the expression for one column of ENTRIES."""
    expressions: Mapping[str, str] = {
        "hf_id": f"linked_model_id(pl.col({quoted(column)}))",
        "params_b": f"pl.when(pl.col({quoted(column)}) > 0).then({quoted(column)})",
        "submitted_on": f"wire.day({quoted(column)})",
        "released_on": f"wire.day({quoted(column)})",
    }
    return expressions.get(fact, quoted(column))
