"""Whether the Hub speaks of the model that a board means: names can be given up and taken by others. Pure.

An id's history on the Hub is cut into epochs. Another owner, another birth of the repository or another target of
its redirect begins a new one, and nothing of it is passed on to rows that a board wrote before.
"""

from dataclasses import replace

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.hub_metadata import CREATED_BEFORE, HubModel, Status
from aggregator.identity.names import parse_name

ABOUT_ASKING = ("retrieved_at", "checked_at", "epoch", "epoch_reason")
"""Fields that say nothing of the model."""


def after(before: HubModel | None, now: HubModel) -> HubModel:
    """Return the answer `now` as it is kept: in its epoch, and no younger than when the same was first said."""
    if before is None:
        return now
    reason = _break(before, now)
    if reason:
        return replace(now, epoch=before.epoch + 1, epoch_reason=f"{reason}, seen on {now.checked_at:%Y-%m-%d}")
    now = replace(now, epoch=before.epoch, epoch_reason=before.epoch_reason)
    if now.status in (Status.MISSING, Status.GATED) and before.answered_id:
        # Who held the id is remembered while nothing is shown, so that a new owner is told from the old one.
        now = replace(now, answered_id=before.answered_id, author=before.author, created_at=before.created_at)
    neutral = {"retrieved_at": before.retrieved_at, "checked_at": before.checked_at}
    return replace(now, retrieved_at=before.retrieved_at) if replace(now, **neutral) == before else now  # type: ignore[arg-type] # both are times


def _break(before: HubModel, now: HubModel) -> str | None:
    """Say why `now` is of another repository than `before`, or None."""
    if now.answered_id is None or before.answered_id is None:
        return None
    if before.created_at and now.created_at and before.created_at != now.created_at:
        return f"made anew on {now.created_at:%Y-%m-%d}, was of {before.created_at:%Y-%m-%d}"
    if before.status is Status.RENAMED and _other(before.answered_id, now.answered_id):
        return f"leads to {now.answered_id}, led to {before.answered_id}"
    same_place = not _other(before.answered_id, now.answered_id)
    if same_place and before.author and now.author and _other(before.author, now.author):
        return f"belongs to {now.author}, belonged to {before.author}"
    return None


def _other(left: str, right: str) -> bool:
    return left.lower() != right.lower()


def judge(told: pl.DataFrame, first_named: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Fill `rename`, `applies` and `evidence` of `told` (`schema.HUB_MODELS`).

    `first_named` has `(hub_id, first_named_on)`: the id in lower case, and the first day on which a board had it.
    """
    dated = told.with_columns(fold=pl.col("hub_id").str.to_lowercase()).join(
        first_named.rename({"hub_id": "fold"}), on="fold", how="left", maintain_order="left"
    )
    verdicts = [_verdict(row, rules) for row in dated.iter_rows(named=True)]
    return told.with_columns(
        rename=pl.Series([rename for rename, _, _ in verdicts], dtype=pl.String),
        applies=pl.Series([applies for _, applies, _ in verdicts], dtype=pl.Boolean),
        evidence=pl.Series([evidence for _, _, evidence in verdicts], dtype=pl.String),
    )


def _verdict(row: dict[str, object], rules: Rules) -> tuple[str | None, bool, str]:
    """Return `(rename, applies, evidence)` of one answer."""
    hub_id, to = str(row["hub_id"]), row["renamed_to"]
    rename = None if to is None else ("verified" if _same_tokens(hub_id, str(to), rules) else "unverified")
    if row["status"] in (Status.MISSING, Status.GATED):
        return None, False, f"the Hub shows no {hub_id} to this caller"
    if row["epoch_reason"]:
        return rename and "unverified", False, f"not the repository that was there before: {row['epoch_reason']}"
    created, named = row["created_at"], row["first_named_on"]
    if created and named and created >= CREATED_BEFORE.replace(tzinfo=None) and created.date() > named:  # type: ignore[attr-defined,operator] # columns of times and days
        return rename and "unverified", False, f"made on {created:%Y-%m-%d}, after a board had the id on {named}"
    if rename == "unverified":
        return rename, False, f"the Hub leads from {hub_id} to {to}, whose name differs in more than its owner"
    if rename:
        return rename, True, f"the Hub leads from {hub_id} to {to}"
    return None, True, f"the Hub has {hub_id}"


def _same_tokens(old: str, new: str, rules: Rules) -> bool:
    """Return whether two ids differ in nothing but the owner and the writing of the name."""
    if any({name.lower() for name in pair.names} == {old.lower(), new.lower()} for pair in rules.apart):
        return False
    return parse_name(old.rpartition("/")[2]).key == parse_name(new.rpartition("/")[2]).key
