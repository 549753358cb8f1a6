"""Gate on the scores of a first edition: compare them with the shipped baseline.

The scores of the anchors are compared one by one; the distribution of a benchmark over all models shows what happened
to the others. All changes are in standard deviations of the benchmark at the time of the baseline. A harmless drift of
all scores, up to .1 of them, passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from aggregator.gates import edition_summary as summary
from aggregator.gates.baseline_comparison import Comparison
from aggregator.gates.candidate import Candidate
from aggregator.gates.first_night import ROUNDING
from aggregator.gates.reference import DIGITS, number_of_groups
from aggregator.gates.verdict import Action, Finding, list_examples

FAR = 0.4
"""A score that moved farther is another score. Four times the largest harmless drift."""
TOGETHER = 0.25
"""A model whose scores moved by this mean is another one, though none of them moved as far as `FAR`."""
FEWEST = 10
"""Minimum number of common anchors for a comparison."""
LARGEST_GROUP_STEP = 0.01
"""Largest change of the mean of a group of an ended leaderboard: one of its ten models may move by .1."""


@dataclass(frozen=True)
class Limits:
    """The largest changes that pass; shares of the common anchors, and standard deviations."""

    far: float
    """Share of scores that moved farther than `FAR`."""
    fewest_far: int
    """So many such scores pass in any case."""
    noise: float
    """Root mean square of the changes, each cut at `FAR`."""
    shift: float
    """Mean change of all models."""
    group: float
    """Mean change of the models of one organization, licence or kind against that of all models."""
    mean: float
    """Change of the mean over all models, anchors or not."""
    spread: float
    """Factor on the standard deviation over all models, minus 1."""
    moved: float
    """Share of the scores of one model that moved farther than `FAR`, from which the model counts as moved."""
    missing: float
    """Share of the scores of known models that are missing."""
    correlation: float
    """Fall of the rank correlation with the other benchmarks."""


SAME = Limits(
    far=0.005,
    fewest_far=1,
    noise=0.15,
    shift=0.05,
    group=0.12,
    mean=0.05,
    spread=0.05,
    moved=0.2,
    missing=0.01,
    correlation=0.15,
)
"""For the recorded edition itself."""
NEWER = Limits(
    far=0.05,
    fewest_far=2,
    noise=0.15,
    shift=0.10,
    group=0.15,
    mean=1.5,
    spread=2.0,
    moved=0.5,
    missing=0.1,
    correlation=0.3,
)
"""For a newer edition of measured scores: a score changes when a model is measured anew, and new models are better."""
REFITTED = Limits(
    far=0.10,
    fewest_far=3,
    noise=0.20,
    shift=1.5,
    group=0.25,
    mean=3.0,
    spread=2.0,
    moved=0.5,
    missing=0.3,
    correlation=0.3,
)
"""For a newer edition of ratings, after the median change of a benchmark is taken off. In a year of the Arena the median
moved by up to 1.0, the root mean square around it was .14 and the share beyond `FAR` 4 %."""
DRIFT = 0.1
"""Standard deviation of a harmless drift of single scores; the limit of a mean over n of them is wider by 4 DRIFT / √n."""
FEWEST_EXCHANGED, LEAST_STEP = 5, 0.002
DENSE = 0.1
"""Number of recorded scores of a benchmark times their smallest gap, as a share of their range."""
GROUPING_FACTS = ("organization", "open_weights", "license", "kind")
FEWEST_IN_GROUP = 3


def baseline_scores(new: Candidate) -> Iterator[Finding]:
    """Find benchmarks, models and groups of models whose scores are others than recorded."""
    found = new.comparison
    if found is None or (found.is_older and not found.is_ended):
        return
    if found.is_ended:
        yield from _changed_at_all(found)
        yield from _changed_groups(found)
        yield from _missing_scores(found, 0.0)
        return
    limits = SAME if found.is_same_edition else REFITTED if found.is_newer_refit else NEWER
    pairs = found.pairs
    if found.is_newer_refit:
        pairs = pairs.with_columns(step=pl.col("step") - pl.col("step").median().over("benchmark"))
    yield from _moved_benchmarks(found, pairs, limits)
    yield from _moved_models(found, pairs, limits)
    yield from _shifted_facts(found, pairs, limits)
    yield from _other_distributions(found, limits)
    yield from _missing_scores(found, limits.missing)
    yield from _shifted_ranks(found)
    yield from _exchanged_scores(found)


def _changed_at_all(found: Comparison) -> Iterator[Finding]:
    changed = found.pairs.filter(pl.col("step").abs() > ROUNDING)
    if changed.height:
        models = changed["raw_name"].n_unique()
        yield Finding(
            f"{changed.height} scores of {models} models differ from {found.title}; the leaderboard has ended",
            found.worst(changed),
        )


def _changed_groups(found: Comparison) -> Iterator[Finding]:
    """Find groups of models that are complete and whose mean score changed."""
    recorded = found.reference.groups
    if recorded.is_empty():
        return
    now = summary.group_means(found.scores, number_of_groups(found.reference.names.height))
    both = recorded.join(now, on=["benchmark", "group", "models"], suffix="_now").join(
        found.comparable.select("benchmark", "spread"), on="benchmark"
    )
    step = (pl.col("mean_now") - pl.col("mean")).abs() / pl.col("spread")
    changed = both.filter(step > LARGEST_GROUP_STEP)
    if changed.height:
        names = changed["benchmark"].unique().sort().to_list()
        yield Finding(
            f"the means of {changed.height} groups of models on {list_examples(names)} differ from {found.title}"
        )


def _moved_benchmarks(found: Comparison, pairs: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Find benchmarks on which many scores moved far, all moved a little, or all moved in one direction."""
    step, n, change = pl.col("step"), pl.col("n"), pl.col("now") - pl.col("before")
    table = (
        pairs.group_by("benchmark")
        .agg(
            n=pl.len(),
            far=(step.abs() > FAR).sum(),
            noise=(step.clip(-FAR, FAR) ** 2).mean().sqrt(),
            shift=(change / pl.col("spread")).clip(-1, 1).mean(),
        )
        .filter(n >= FEWEST)
        .sort("benchmark")
    )
    wider = 4 * DRIFT / n.sqrt()
    far = table.filter(pl.col("far") > pl.max_horizontal(limits.far * n, pl.lit(limits.fewest_far)))
    if far.height:
        benchmark, of, moved = far.sort(pl.col("far") / n, descending=True).select("benchmark", "n", "far").row(0)
        yield Finding(
            f"{benchmark}: {moved} of {of} known scores are more than {FAR} standard deviations away from {found.title}{_others(far)}",
            found.worst(pairs.join(far, on="benchmark", how="semi")),
        )
    noisy = table.filter(pl.col("noise") > limits.noise + wider / 2).join(far, on="benchmark", how="anti")
    if noisy.height:
        benchmark, noise = noisy.sort("noise", descending=True).select("benchmark", "noise").row(0)
        yield Finding(
            f"{benchmark}: known scores differ by {noise:.2f} standard deviations from {found.title}{_others(noisy)}",
            found.worst(pairs.join(noisy, on="benchmark", how="semi")),
        )
    shifted = table.filter(pl.col("shift").abs() > limits.shift + wider)
    shifted = shifted.join(far, on="benchmark", how="anti").join(noisy, on="benchmark", how="anti")
    if shifted.height:
        benchmark, shift = shifted.sort(-pl.col("shift").abs()).select("benchmark", "shift").row(0)
        yield Finding(
            f"{benchmark}: known scores are {shift:+.2f} standard deviations away from {found.title} on average{_others(shifted)}",
            found.worst(pairs.join(shifted, on="benchmark", how="semi")),
        )


def _model_steps(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return `(raw_name, n, far, step)`: the number of scores, the share that moved far, and the mean change of each."""
    step = pl.col("step")
    scores = pairs.filter(pl.col("benchmark") != summary.BOARD_RANK)
    return scores.group_by("raw_name").agg(n=pl.len(), far=(step.abs() > FAR).mean(), step=step.clip(-1, 1).mean())


def _moved_models(found: Comparison, pairs: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Find that many scores of several models moved far, or all of them a little; of single ones this is noted."""
    models = _model_steps(pairs)
    is_together = pl.col("step").abs() > TOGETHER + 4 * DRIFT / pl.col("n").sqrt()
    moved = models.filter((pl.col("far") >= limits.moved) | is_together)
    if moved.height:
        is_few = moved.height <= max(limits.far * models.height, limits.fewest_far)
        yield Finding(
            f"the scores of {moved.height} of {models.height} known models are far away from {found.title}",
            found.worst(pairs.join(moved, on="raw_name", how="semi")),
            Action.NOTE if is_few else None,
        )


def _shifted_facts(found: Comparison, pairs: pl.DataFrame, limits: Limits) -> Iterator[Finding]:
    """Find models of one organization, licence or kind that moved against the others."""
    models = _model_steps(pairs).join(found.parsed.entries.select("raw_name", *GROUPING_FACTS), on="raw_name")
    for fact in GROUPING_FACTS:
        rest = (pl.col("step").sum() - pl.col("step").sum().over(fact)) / (pl.len() - pl.len().over(fact))
        groups = (
            models.with_columns(rest=rest)
            .drop_nulls(fact)
            .group_by(fact)
            .agg(n=pl.len(), step=pl.mean("step") - pl.first("rest"))
            .filter((pl.col("n") >= FEWEST_IN_GROUP) & pl.col("step").is_finite())
        )
        moved = groups.filter(pl.col("step").abs() > limits.group + 4 * DRIFT / pl.col("n").sqrt())
        if moved.height:
            value, n, step = moved.sort(-pl.col("step").abs(), fact).row(0)
            names = models.filter(pl.col(fact) == value)
            yield Finding(
                f"the {n} known models with {fact} `{value}` moved by {step:+.2f} standard deviations against the others "
                f"since {found.title}",
                found.worst(pairs.join(names, on="raw_name", how="semi")),
            )


def _other_distributions(found: Comparison, limits: Limits) -> Iterator[Finding]:
    """Find benchmarks whose mean, spread, distinct values or correlation over all models are others than recorded."""
    parsed = found.parsed
    if found.is_same_edition:
        is_known = pl.col("raw_name").is_in(found.known["raw_name"].implode())
        parsed = replace(parsed, scores=parsed.scores.filter(is_known), entries=parsed.entries.filter(is_known))
    now = summary.describe_benchmarks(parsed)
    both = found.comparable.join(now, on="benchmark", suffix="_now").filter(
        (pl.col("models") >= FEWEST) & (pl.col("models_now") >= FEWEST)
    )
    if not found.is_same_edition:
        both = both.filter(pl.col("benchmark") != summary.BOARD_RANK)
    factor = pl.col("spread_now") / pl.col("spread")
    wider = 4 * DRIFT / pl.col("models").sqrt()
    rules = {
        "mean": (pl.col("mean_now") - pl.col("mean")).abs() > (limits.mean + wider) * pl.col("spread"),
        "spread": (factor > 1 + limits.spread + wider) | (factor < 1 / (1 + limits.spread + wider)),
        "number of distinct scores": 2 * pl.col("distinct_now") * pl.col("models_now")
        < pl.col("distinct") * pl.col("models"),
        "correlation with the other benchmarks": (
            pl.col("correlation_now") < pl.col("correlation") - limits.correlation - 3 / pl.col("models").sqrt()
        ),
    }
    for title, rule in rules.items():
        other = both.filter(rule.fill_null(value=False)).sort("benchmark")
        if other.height:
            yield Finding(f"{other['benchmark'][0]}: its {title} is another than in {found.title}{_others(other)}")


def _missing_scores(found: Comparison, largest: float) -> Iterator[Finding]:
    """Find known models without the scores that they had."""
    missing = found.missing
    if found.is_newer_refit:
        # The Arena publishes 1 or 27 categories: those that are there are judged.
        missing = missing.join(found.scores, on="benchmark", how="semi")
    known = found.pairs.height + missing.height
    if missing.height > largest * known:
        names = missing["benchmark"].unique().sort().to_list()
        yield Finding(f"{missing.height} of {known} scores of known models are missing, on {list_examples(names)}")


def _shifted_ranks(found: Comparison) -> Iterator[Finding]:
    """Find that the rank of most models is another although no model came in."""
    ranks = found.pairs.filter(pl.col("benchmark") == summary.BOARD_RANK)
    middle = ranks.select((pl.col("now") - pl.col("before")).median()).item()
    if found.is_same_edition and found.known.height == found.keys.height and middle:
        yield Finding(f"the rank of most models is another than in {found.title}", found.worst(ranks))


def _exchanged_scores(found: Comparison) -> Iterator[Finding]:
    """Find benchmarks on which models have recorded scores of other models, as after a shift by one row."""
    values = found.reference.anchors.select("benchmark", value="score").unique()
    is_most = (pl.col("n") >= FEWEST_EXCHANGED) & (pl.col("taken") > pl.col("n") / 2)
    is_exchange = is_most | ((pl.col("n") >= 2) & (pl.col("taken") == pl.col("n")))
    # Where the recorded scores fill their range, many new ones equal one of them by chance.
    gap, value = pl.col("value").sort().diff().min(), pl.col("value")
    density = values.group_by("benchmark").agg(density=pl.len() * gap / (value.max() - value.min()))
    changed = found.pairs.filter(pl.col("benchmark") != summary.BOARD_RANK).with_columns(
        value=pl.col("now").round_sig_figs(DIGITS).cast(pl.Float32)
    )
    changed = changed.filter((pl.col("value") != pl.col("before")) & (pl.col("step").abs() > LEAST_STEP))
    taken = changed.join(values, on=["benchmark", "value"], how="semi").group_by("benchmark").agg(taken=pl.len())
    bad = (
        changed.group_by("benchmark")
        .agg(n=pl.len())
        .join(taken, on="benchmark")
        .join(density, on="benchmark")
        .filter(is_exchange & (pl.col("density") < DENSE))
        .sort("taken", descending=True)
    )
    if bad.height:
        benchmark, n, taken_n = bad.select("benchmark", "n", "taken").row(0)
        sentence = f"{benchmark}: of {n} changed scores {taken_n} are those of other models in {found.title}"
        yield Finding(f"{sentence}{_others(bad)}", found.worst(changed.join(bad, on="benchmark", how="semi")))


def _others(rows: pl.DataFrame) -> str:
    """Return how many benchmarks besides the first are meant."""
    return f", and {rows.height - 1} more like it" if rows.height > 1 else ""
