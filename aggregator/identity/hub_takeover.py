"""Takeovers and renames: decide whether Hub metadata is about the model that a board evaluated. Pure.

An account can give up an id, and another account can create a repository under it. `epoch` counts the repositories
seen under one id: it grows with another owner, another creation time, or another redirect target. Metadata of a later
epoch is not valid for rows that a board wrote before.
"""

from dataclasses import replace

import polars as pl

from aggregator.identity.curated import Rules
from aggregator.identity.hub_metadata import CREATED_BEFORE, HubModel, Status
from aggregator.identity.names import parse_name


def update_metadata(before: HubModel | None, now: HubModel) -> HubModel:
    """Return the answer `now` as it is stored after `before`: with its epoch, and the time of the first equal answer."""
    if before is None:
        return now
    reason = _takeover_reason(before, now)
    if reason:
        return replace(now, epoch=before.epoch + 1, epoch_reason=f"{reason}, seen on {now.checked_at:%Y-%m-%d}")
    now = replace(now, epoch=before.epoch, epoch_reason=before.epoch_reason)
    if now.status in (Status.MISSING, Status.GATED) and before.answered_id:
        # The last known owner is kept while the Hub shows none, so that a later owner can be compared with it.
        now = replace(now, answered_id=before.answered_id, author=before.author, created_at=before.created_at)
    same_times = {"retrieved_at": before.retrieved_at, "checked_at": before.checked_at}
    return replace(now, retrieved_at=before.retrieved_at) if replace(now, **same_times) == before else now  # type: ignore[arg-type] # both are times


def _takeover_reason(before: HubModel, now: HubModel) -> str | None:
    """Return why `now` is another repository than `before`, or None when it is the same."""
    if now.answered_id is None or before.answered_id is None:
        return None
    if before.created_at and now.created_at and before.created_at != now.created_at:
        return f"made anew on {now.created_at:%Y-%m-%d}, was of {before.created_at:%Y-%m-%d}"
    if before.status is Status.RENAMED and _differ(before.answered_id, now.answered_id):
        return f"leads to {now.answered_id}, led to {before.answered_id}"
    has_same_id = not _differ(before.answered_id, now.answered_id)
    if has_same_id and before.author and now.author and _differ(before.author, now.author):
        return f"belongs to {now.author}, belonged to {before.author}"
    return None


def _differ(left: str, right: str) -> bool:
    return left.lower() != right.lower()


def validate_metadata(metadata: pl.DataFrame, first_named: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Fill `rename`, `applies` and `evidence` of `metadata` (`schema.HUB_MODELS`).

    `first_named` is `(hub_id, first_named_on)`: the id in lower case, and the first day on which a board listed it.
    """
    dated = metadata.with_columns(lower_id=pl.col("hub_id").str.to_lowercase()).join(
        first_named.rename({"hub_id": "lower_id"}), on="lower_id", how="left", maintain_order="left"
    )
    results = [_validate(row, rules) for row in dated.iter_rows(named=True)]
    return metadata.with_columns(
        rename=pl.Series([rename for rename, _, _ in results], dtype=pl.String),
        applies=pl.Series([applies for _, applies, _ in results], dtype=pl.Boolean),
        evidence=pl.Series([evidence for _, _, evidence in results], dtype=pl.String),
    )


def _validate(row: dict[str, object], rules: Rules) -> tuple[str | None, bool, str]:
    """Return `(rename, applies, evidence)` of one answer."""
    hub_id, to = str(row["hub_id"]), row["renamed_to"]
    rename = None if to is None else ("verified" if _has_same_name(hub_id, str(to), rules) else "unverified")
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


def _has_same_name(old: str, new: str, rules: Rules) -> bool:
    """Return whether two ids differ only in the owner and the spelling of the name."""
    if any({name.lower() for name in pair.names} == {old.lower(), new.lower()} for pair in rules.apart):
        return False
    return parse_name(old.rpartition("/")[2]).key == parse_name(new.rpartition("/")[2]).key
