"""Read the ids of models as names of releases. Most ids state no setting and no build, and are not parsed."""

import re
from collections.abc import Collection, Iterable
from functools import partial
from typing import NamedTuple

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.key_settings import thinking, without_builds, without_endings, without_modes
from aggregator.identity.mode_words import KEY_THINKING, THINKING
from aggregator.identity.names import NATIVE_FORMATS, ParsedName
from aggregator.identity.publishers import family_owners
from aggregator.identity.release_key import ReleaseReader
from aggregator.identity.release_rules import PublisherBuilds, ReleaseRules
from aggregator.identity.release_subjects import read_in_notation
from aggregator.identity.setting_words import BUILD_WORD, DATE, MODE, PRECISION, STAGE
from aggregator.text_columns import fill_in

_NATIVE = re.compile(rf"(?i)(?:^|[-_.])(?:{'|'.join(sorted(NATIVE_FORMATS))})(?:$|[-_.])")

INSTRUCT = "instruct"
LENGTH_LIKE_DATE = "10-24"
"""`1024` in the name of a repository is a length of texts."""


RELEASE_NAMES: dict[str, pl.DataType] = {
    "model_id": pl.String(),
    "domain": pl.String(),
    "key": pl.String(),  # the key of the release
    "undated": pl.String(),  # the key without date, precision, effort and budget: the name that decisions are about
    "is_plain": pl.Boolean(),  # the id states no setting, build, precision or file format
    "is_repository": pl.Boolean(),
    "can_name_release": pl.Boolean(),  # its id without settings may be the id of a release without a plain model
    "short_id": pl.String(),  # the id without settings and build, where it is known without reading the id
    "has_builds": pl.Boolean(),
    "keeps_thinking": pl.Boolean(),
}
"""One row per id that shares its key with a name that states a setting or a build, or that states one itself."""


class _Row(NamedTuple):
    model_id: str
    domain: str
    is_official: bool
    is_repository: bool


def read_names(
    subjects: pl.DataFrame, rules: Rules, release_rules: ReleaseRules, decided_domains: Collection[str]
) -> pl.DataFrame:
    """Return RELEASE_NAMES of `subjects` (`release_subjects`). An id that is left out is its own release.

    Domains with decisions have names that a key alone does not explain: those are read one by one.
    """
    words = pl.col("model_id").str
    has_stage = words.contains(STAGE) & pl.col("domain").is_in(list(release_rules.publishers))
    has_build = words.contains(MODE) | words.contains(DATE) | words.contains(BUILD_WORD) | has_stage
    has_precision = words.contains(PRECISION)
    has_parts = has_precision | (has_build & (pl.col("is_official") | ~pl.col("is_repository")))
    table = subjects.with_columns(has_parts=has_parts).filter(pl.col("has_parts").any().over("domain"))
    is_decided, has_rules = (
        pl.col("domain").is_in(list(domains)) for domains in (decided_domains, release_rules.publishers)
    )
    by_key = pl.col("own_key").is_not_null() & ~has_precision & ~is_decided & ~(has_rules & pl.col("has_parts"))
    keys = table.filter(by_key).with_columns(dated_key=without_modes(pl.col("own_key")))
    rows = [_Row(*row) for row in table.filter(~by_key).select(_Row._fields).iter_rows()]
    parsed = [read_in_notation(row.model_id, row.domain, rules) for row in rows]
    dated = [(row.domain, _dated_key(name)) for row, name in zip(rows, parsed, strict=True)]
    beside = _beside_instruct(pl.concat([keys.select("domain", "dated_key"), _as_frame(dated, "dated_key")]))
    pairs = set(beside.iter_rows())
    read = [
        _read_name(row, name, rules, release_rules.publishers.get(row.domain), is_beside=pair in pairs)
        for row, name, pair in zip(rows, parsed, dated, strict=True)
    ]
    one_by_one = pl.DataFrame(read, schema=RELEASE_NAMES, orient="row")
    return pl.concat([one_by_one, _names_by_key(keys, beside, one_by_one)])


def _beside_instruct(keys: pl.DataFrame) -> pl.DataFrame:
    """Return `(domain, dated_key)` of the names of which an instruct model stands among `keys`."""
    without_stage = pl.col("dated_key").str.replace(rf" {INSTRUCT}\b", "")
    return keys.filter(without_stage != pl.col("dated_key")).select("domain", dated_key=without_stage).unique()


def _names_by_key(keys: pl.DataFrame, beside: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return RELEASE_NAMES of `keys` (`own_key` and `dated_key`); `others` are the names that were read one by one."""
    own_key = pl.col("own_key")
    table = (
        keys.join(beside.with_columns(is_beside=pl.lit(value=True)), on=["domain", "dated_key"], how="left")
        .with_columns(keeps_thinking=thinking(own_key).fill_null(value=False) & pl.col("is_beside").is_not_null())
        .with_columns(
            key=pl.when("keeps_thinking")
            .then(fill_in("{} {}", "dated_key", pl.lit(KEY_THINKING)))
            .otherwise(without_builds(pl.col("dated_key")))
        )
        .with_columns(is_plain=pl.col("key") == own_key)
    )
    stating = pl.concat([table.filter(~pl.col("is_plain")).select("domain", "key"), others.select("domain", "key")])
    table = table.join(stating.unique(), on=["domain", "key"], how="semi")
    short = _short_ids(table.filter(~pl.col("is_plain") & ~pl.col("keeps_thinking")))
    found = table.join(short, on="model_id", how="left").with_columns(
        undated=pl.col("key"), can_name_release=pl.lit(value=True), has_builds=pl.lit(value=True)
    )
    return found.select(pl.col(name).cast(dtype) for name, dtype in RELEASE_NAMES.items())


def _short_ids(names: pl.DataFrame) -> pl.DataFrame:
    """Return `model_id` and the id without settings and build, where the usual endings are all of them."""
    short = names.select("model_id", short_id=without_endings(pl.col("model_id"), pl.col("own_key")))
    return short.filter(
        ~pl.any_horizontal(pl.col("short_id").str.contains(words) for words in (MODE, DATE, BUILD_WORD))
    )


def _read_name(
    row: _Row, parsed: ParsedName, rules: Rules, builds: PublisherBuilds | None, *, is_beside: bool
) -> tuple[object, ...]:
    """Return one row of RELEASE_NAMES."""
    reader = ReleaseReader(
        partial(read_in_notation, domain=row.domain, rules=rules),
        has_builds=not row.is_repository or _dates_its_own_family(row, parsed, rules),
        is_repository=row.is_repository,
        builds=builds,
        keeps_thinking=parsed.thinking == THINKING and is_beside,
    )
    undated = parsed._replace(date="", precision=(), effort="", budget="")
    reduced = reader.reduce(parsed)
    is_plain = reduced == parsed and not _NATIVE.search(row.model_id)
    can_name_release = row.is_official or not row.is_repository
    keys = (reduced.key, undated.key)
    facts = (is_plain, row.is_repository, can_name_release, None, reader.has_builds, reader.keeps_thinking)
    return (row.model_id, row.domain, *keys, *facts)


def _dates_its_own_family(row: _Row, name: ParsedName, rules: Rules) -> bool:
    """Return whether the date in a repository's name is of a build: the publisher is known and the family is its own.

    In the names of fine-tunes, dates belong to the base model or to the data.
    """
    owners = family_owners(name, rules)
    return row.is_official and (not owners or row.domain in owners) and name.date != LENGTH_LIKE_DATE


def plain_ids(names: pl.DataFrame, rules: Rules, release_rules: ReleaseRules) -> pl.Series:
    """Return the ids of `names` (RELEASE_NAMES) without settings and builds; the other words stay as written."""
    ids: list[str] = []
    for row in names.select(_Unread._fields).iter_rows():
        name = _Unread(*row)
        namespace, slash, tail = name.model_id.rpartition("/")
        reader = ReleaseReader(
            partial(read_in_notation, domain=name.domain, rules=rules),
            has_builds=name.has_builds,
            is_repository=name.is_repository,
            builds=release_rules.publishers.get(name.domain),
            keeps_thinking=name.keeps_thinking,
        )
        ids.append(name.short_id or f"{namespace}{slash}{reader.plain_text(tail, name.key)}")
    return pl.Series(ids, dtype=pl.String)


class _Unread(NamedTuple):
    model_id: str
    domain: str
    key: str
    short_id: str | None
    has_builds: bool
    is_repository: bool
    keeps_thinking: bool


def _as_frame(pairs: Iterable[tuple[str, str]], name: str) -> pl.DataFrame:
    return pl.DataFrame(list(pairs), schema={"domain": pl.String, name: pl.String}, orient="row")


def _dated_key(parsed: ParsedName) -> str:
    """Return the key without modes and precision, but with the date."""
    return parsed.key_without("mode", "precision")
