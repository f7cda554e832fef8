"""Small scenarios, as values and as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MINIMAL = """\
schema_version: 1
name: small
clock: {days: 2, steps_per_day: 10}
market:
  spot: 100.0
  fundamental: {type: gbm, volatility: 0.2}
  adv_shares: 1e6
  clearing: {type: asynchronous, rounds: 20, participation: 0.1}
books:
  monthly:
    - {kind: call, strike: 100, expiry_days: 2, contracts: 500, implied_vol: 0.2}
    - {kind: put, strike: 95, expiry_days: 1.5, contracts: -200, implied_vol: 0.25}
  quadratic:
    - {kind: constant_gamma, gamma: -1.0e3}
dealers:
  - name: street
    book: monthly
    policy: {type: delta_band, band: 100}
  - {name: fund, book: quadratic, policy: {type: continuous}}
"""


@pytest.fixture
def minimal_text() -> str:
    return MINIMAL


@pytest.fixture
def minimal() -> dict[str, Any]:
    """The same scenario as plain values."""
    return {
        "schema_version": 1,
        "name": "small",
        "clock": {"days": 2, "steps_per_day": 10},
        "market": {
            "spot": 100.0,
            "fundamental": {"type": "gbm", "volatility": 0.2},
            "adv_shares": 1e6,
            "clearing": {"type": "asynchronous", "rounds": 20, "participation": 0.1},
        },
        "books": {
            "monthly": [
                {"kind": "call", "strike": 100, "expiry_days": 2, "contracts": 500, "implied_vol": 0.2},
                {"kind": "put", "strike": 95, "expiry_days": 1.5, "contracts": -200, "implied_vol": 0.25},
            ],
            "quadratic": [{"kind": "constant_gamma", "gamma": -1.0e3}],
        },
        "dealers": [
            {"name": "street", "book": "monthly", "policy": {"type": "delta_band", "band": 100}},
            {"name": "fund", "book": "quadratic", "policy": {"type": "continuous"}},
        ],
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a text as a file below a fresh directory."""

    def write_file(text: str, name: str = "small.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write_file
