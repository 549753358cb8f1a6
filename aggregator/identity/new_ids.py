"""Build the id of a new model from the spellings of its name. Pure."""

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.name_keys import UNKNOWN_PUBLISHER, join_parts
from aggregator.identity.names import NATIVE_FORMATS, PRECISIONS
from aggregator.text_columns import fill_in

GROUP = ["domain", "group"]
NAME = ["domain", "bare"]

_API_KEY = r"^[a-z0-9.-]+$"

_THINKING = r"(?:thinking|think|reasoning|reasoner)"
_FORMATS = "|".join(sorted(PRECISIONS | NATIVE_FORMATS, key=len, reverse=True))
_MODE_END = rf"-((?:(?:no|non)-?)?{_THINKING}(?:-[0-9]+k)?(?:-(?:minimal|low|medium|x?high|max))?|(?:minimal|low|medium|x?high|max))$"
_SILENT = rf"-(?:base|default|(?:no|non)-?{_THINKING})(?:-|$)"
"""Matches words that a notation may drop."""

_DATE = r"-[0-9]{4}-?[0-9]{2}-?[0-9]{2}(-|$)"


def new_ids(unmatched: pl.DataFrame, plain_ids: pl.DataFrame, taken_ids: pl.Series, rules: Rules) -> pl.DataFrame:
    """Return `(domain, group, new_id)`: `namespace/slug` from one spelling of each group.

    The slug of a model with a setting begins with the id of the plain model: `plain_ids` has `(domain, group,
    model_id)` of models that have an id. When another model already has the id (`taken_ids`, lower case), the origin of
    the source replaces the namespace.
    """
    best = _best_spellings(_with_slug(unmatched, rules), rules)
    is_plain = pl.col("mode") == ""
    named = best.with_columns(new_id=fill_in("{}/{}", "namespace", "slug"))
    plain = pl.concat(
        [plain_ids.select(*GROUP, "model_id"), named.filter(is_plain).select(*GROUP, model_id="new_id")]
    ).unique(GROUP, keep="first", maintain_order=True)
    plain = plain.rename({"group": "plain_group", "model_id": "plain_id"})
    setting = pl.col("slug").str.extract(_MODE_END, 1)
    ids = named.join(plain, on=["domain", "plain_group"], how="left", maintain_order="left").with_columns(
        new_id=pl.when(~is_plain & pl.col("plain_id").is_not_null() & setting.is_not_null())
        .then(fill_in("{}-{}", _undated("plain_id", rules), setting))
        .otherwise("new_id")
    )
    return _without_repeats(ids, taken_ids).select(*GROUP, "new_id")


def _with_slug(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add `slug` and `is_whole`.

    The slug is the name in lower case with hyphens, without the words that say nothing and without a dropped setting.
    It is whole where nothing was left out or moved.
    """
    publisher_words = "|".join(sorted(rules.publisher_words, key=len, reverse=True)) or "$^"
    slug = (
        pl.col("tail")
        .str.to_lowercase()
        .str.replace(rf"^(?:{publisher_words})[-_ ]+", "")
        .str.replace_all(r"\s\+\s", "-")
        .str.replace_all("+", "-plus ", literal=True)
        .str.replace_all(r"[^\p{L}\p{N}.]+", "-")
        .str.strip_chars("-.")
    )
    rows = rows.with_columns(slug=slug)
    has_setting = (pl.col("mode") != "") | (pl.col("precision") != "") | pl.col("slug").str.contains(_SILENT)
    # Most names have no setting, and the expressions for them are slow.
    plain = rows.filter(~has_setting).with_columns(is_whole=pl.lit(value=True))
    settings = rows.filter(has_setting).with_columns(setting_slug=_setting_slug())
    is_whole = pl.col("setting_slug") == pl.col("slug")
    settings = settings.with_columns(is_whole=is_whole, slug="setting_slug").drop("setting_slug")
    return pl.concat([plain, settings.select(plain.columns)])


def _setting_slug() -> pl.Expr:
    """Return the slug with the setting in one order, and without what the notation of the vendor drops."""
    slug: pl.Expr = (
        pl.col("slug")
        .str.replace(rf"-([0-9]+k)-{_THINKING}(?:-tokens)?$", "-thinking-${1}")
        .str.replace(r"-think-([0-9]+k)$", "-thinking-${1}")
        .str.replace(rf"-default(?:-{_THINKING})?$", "")
        .str.replace(r"-(minimal|low|medium|x?high|max)-effort$", "-${1}")
    )
    has_thinking = pl.col("mode").str.contains("thinking", literal=True)
    slug = pl.when(~has_thinking).then(slug.str.replace(rf"-(?:no|non)-?{_THINKING}$", "")).otherwise(slug)
    is_base = pl.col("stage").str.contains("base", literal=True)
    slug = pl.when(is_base).then(slug).otherwise(slug.str.replace(r"-base$", ""))
    is_bare_budget = has_thinking & ~slug.str.contains("think|reason")
    slug = pl.when(is_bare_budget).then(slug.str.replace(r"-([0-9]+k)$", "-thinking-${1}")).otherwise(slug)
    is_quantized = pl.col("precision") != ""
    formats = rf"(?:-(?:{_FORMATS}|i?q[1-8](?:-[0-9a-z]{{1,3}}){{0,2}}))+$"
    return pl.when(is_quantized).then(slug.str.replace(formats, "")).otherwise(slug)


def _undated(column: str, rules: Rules) -> pl.Expr:
    """Return an id without its date where the organization leaves it out of ids with an effort."""
    undated = [o.id for o in rules.organizations if o.notation.effort_ids == "undated"]
    leaves_out = pl.col("domain").is_in(undated) & pl.col("mode").str.contains("effort|nothinking")
    without = pl.col(column).str.replace(_DATE, "${1}").str.strip_chars_end("-")
    return pl.when(leaves_out & (pl.col("builds").fill_null(0) <= 1)).then(without).otherwise(column)


def _best_spellings(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return one row per group: `slug`, `namespace`, `plain_group`, and facts of the whole group.

    The spelling is one with all parts of the key, and one that looks like an API key; of these the one that a board
    listed first, then one that states the date, then one of which the slug leaves out nothing, then the most frequent
    and the longest. Facts of the group do not depend on the order of its rows.
    """
    rows = rows.join(_facts_of_builds(rows), on=NAME, how="left", maintain_order="left").with_columns(
        is_api_key=pl.col("tail").str.contains(_API_KEY),
        states_open_weights=pl.col("open_weights").fill_null(value=False),
        states_licence=pl.col("open_weights").is_not_null(),
        any_size=pl.col("size") != "",
        group_size=pl.len().over(GROUP),
    )
    # Most groups have one row, and need none of the slow expressions.
    shared = rows.filter(pl.col("group_size") > 1)
    best = pl.concat([rows.filter(pl.col("group_size") == 1), _best_of_shared(shared).select(rows.columns)])
    compact = pl.col("slug").str.replace(r"-([0-9]{4})-([0-9]{2})-([0-9]{2})(-|$)", "-${1}${2}${3}${4}")
    slug = (
        pl.when(pl.col("writes_compact_dates").fill_null(value=False) & ~pl.col("is_api_key"))
        .then(compact)
        .otherwise("slug")
    )
    return best.with_columns(slug=slug, plain_group=join_parts("bare", "full_date")).with_columns(
        slug=_undated("slug", rules), namespace=_namespace(rules)
    )


def _best_of_shared(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the best row of each group, with the facts of all its rows."""
    ordered = rows.with_columns(
        is_plain_format=pl.col("precision") == "",
        states_date=pl.col("date") == pl.col("full_date"),
        listed_on=pl.col("first_seen_on").fill_null(pl.date(9999, 12, 31)),
        times=pl.len().over(*GROUP, "slug"),
        origin=pl.col("origin").min().over(GROUP),
        **{fact: pl.col(fact).any().over(GROUP) for fact in ("states_open_weights", "states_licence", "any_size")},
    ).sort(
        [
            *("is_plain_format", "is_joined", "is_api_key", "listed_on", "states_date", "is_whole"),
            *(pl.col("slug").str.contains("thinking"), "times", pl.col("slug").str.len_chars(), "slug"),
        ],
        descending=[True, False, True, False, True, True, True, True, True, False],
    )
    return ordered.unique(GROUP, keep="first", maintain_order=True)


def _facts_of_builds(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `(domain, bare, builds, writes_compact_dates)` of the names with dates.

    `builds` counts the dates. The last column is whether the API keys of the builds write them as `20250326`.
    """
    is_api_key = pl.col("tail").str.contains(_API_KEY)
    has_compact = is_api_key & pl.col("tail").str.contains(r"-[0-9]{8}(?:-|$)")
    has_hyphens = is_api_key & pl.col("tail").str.contains(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-|$)")
    dated = rows.filter(pl.col("full_date") != "")
    return dated.group_by(NAME).agg(
        builds=pl.col("full_date").n_unique(), writes_compact_dates=has_compact.any() & ~has_hyphens.any()
    )


def _namespace(rules: Rules) -> pl.Expr:
    """Return the namespace: that of open weights, or the vendor's prefix.

    Where no row of the group states a licence, the organization's own data decide.
    """
    by = {kind: [o.id for o in rules.organizations if o.unstated == kind] for kind in ("id", "size")}
    vendors = {organization.id: organization.vendor for organization in rules.organizations}
    is_open = (
        pl.when("states_licence")
        .then("states_open_weights")
        .otherwise(pl.col("domain").is_in(by["id"]) | (pl.col("domain").is_in(by["size"]) & pl.col("any_size")))
    )
    namespace = pl.when(is_open).then("domain").otherwise(pl.col("domain").replace(vendors))
    return namespace.str.strip_prefix(UNKNOWN_PUBLISHER)


def _without_repeats(ids: pl.DataFrame, taken_ids: pl.Series) -> pl.DataFrame:
    """Give other ids to groups whose id is another model's: under the origin of the source, then with the whole key."""
    is_taken = pl.col("new_id").str.to_lowercase().is_in(taken_ids.implode())
    ids = ids.with_columns(new_id=pl.when(is_taken).then(fill_in("{}/{}", "origin", "slug")).otherwise("new_id"))
    is_repeated = pl.col("new_id").str.to_lowercase().is_duplicated()
    by_key = fill_in("{}/{}", "namespace", pl.col("group").str.replace_all(" ", "-", literal=True))
    return ids.with_columns(new_id=pl.when(is_repeated).then(by_key).otherwise("new_id"))
