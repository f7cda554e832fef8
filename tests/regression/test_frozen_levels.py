"""The shipped chain gives the levels it gave before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from regression.frozen_levels import CONVENTIONS, FROZEN, numbers


def flat(value: Any, key: str = "") -> dict[str, Any]:
    """All leaves by their path."""
    if isinstance(value, dict):
        return {leaf: v for k, entry in value.items() for leaf, v in flat(entry, f"{key}/{k}").items()}
    if isinstance(value, list):
        return {leaf: v for k, entry in enumerate(value) for leaf, v in flat(entry, f"{key}/{k}").items()}
    return {key: value}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_levels_are_those_of_before(name: str) -> None:
    before, now = flat(json.loads(FROZEN.read_text(encoding="utf-8"))[name]), flat(numbers(name))
    assert now.keys() == before.keys()
    changed = [
        f"{key}: {now[key]!r}, was {value!r}"
        for key, value in before.items()
        if now[key] != (pytest.approx(value, rel=1e-8, abs=1e-3) if isinstance(value, float) else value)
    ]
    assert changed == []
