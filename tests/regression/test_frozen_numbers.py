"""The shipped scenarios give the numbers they gave before.

On one CPU type results are the same to the last bit. Elsewhere roundings differ (fused multiply-add), at 1e-16 of a
price; moving the fundamental by 1e-13 changes none of these numbers by more than 3e-11, the swings of
expiry_pin_lagged and the jumps of gamma_squeeze included. Clearing stops within 1e-10 of the spot and may stop an
iteration earlier or later. 1e-9 is above all of these, and far below what a change of the model does.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from regression.regenerate import COLUMNS, FROZEN, numbers
from shipped_results import NAMES, shipped_result

RELATIVE = 1e-9
ABSOLUTE = 1e-11


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    return dict(json.loads(FROZEN.read_text(encoding="utf-8")))


def test_every_scenario_is_frozen(frozen: dict[str, Any]) -> None:
    assert sorted(frozen) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_those_of_before(name: str, frozen: dict[str, Any]) -> None:
    now = numbers(shipped_result(name))
    assert sorted(now) == sorted(frozen[name])
    changed = [
        f"{metric} {column}: {now[metric][column]!r}, was {before[column]!r}"
        for metric, before in frozen[name].items()
        for column in COLUMNS
        if not _same(now[metric][column], before[column])
    ]
    assert changed == []


def _same(now: float | None, before: float | None) -> bool:
    if now is None or before is None:
        return now is before
    return now == pytest.approx(before, rel=RELATIVE, abs=ABSOLUTE)


def test_the_comparison_sees_a_small_change(frozen: dict[str, Any]) -> None:
    value = frozen["positive_gamma"]["realised_vol"]["hedged"]
    assert _same(value * (1 + 1e-10), value)
    assert not _same(value * (1 + 1e-8), value)
    assert not _same(None, value)
