"""How MTEB's `experiments` become part of a model's name."""

import json


def setting(experiments: object) -> str | None:
    """Write an `experiments` object as `a=1, b=2` with sorted keys; None when there is none."""
    if not experiments:
        return None
    if isinstance(experiments, dict):
        return ", ".join(f"{key}={_plain(value)}" for key, value in sorted(experiments.items()))
    return _plain(experiments)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
