"""The ensemble is the run of the scenario that the controls make, in words with 95% intervals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.ensemble import NORMAL_95, ensemble_of
from simhedge.live.settings import overrides_of, settings_of


def under(name: str, **settings: Any) -> Any:
    scenario = sh.load_scenario(name)
    return ensemble_of(scenario, settings_of(scenario)._replace(**settings), 1_000)


def numbers(cell: str) -> list[float]:
    return [float(value) for value in re.findall(r"-?\d+\.\d+", cell)]


def test_rows_are_those_of_the_run_with_their_intervals() -> None:
    scenario = sh.load_scenario("expiry_pin")
    wanted = settings_of(scenario)._replace(scale=0.5, liquidity=2.0)
    found = ensemble_of(scenario, wanted, 1_000)
    made = scenario.with_overrides({"paths": 1_000, "expect": []} | overrides_of(scenario, wanted))
    summary = sh.run(made).summary
    rows = {name: cells for name, *cells in found.rows}
    assert list(rows) == [
        "Realised volatility, a year", "Volatility of the end price, a year", "Pinned: within $0.001 of $100",
        "Squeezed: leapt past a tipping level",
    ]  # fmt: skip
    for row, metric, series in (
        ("Realised volatility, a year", "realised_vol", ("hedged", "twin", "ratio")),
        ("Pinned: within $0.001 of $100", "pin_probability", ("hedged", "twin", "difference")),
    ):
        for cell, name in zip(rows[row], series, strict=True):
            value, error = summary.at[metric, name], summary.at[metric, f"{name}_se"]
            unit = 1.0 if name == "ratio" else 100.0
            reach = NORMAL_95 * error
            expected = [unit * value, unit * (value - reach), unit * (value + reach)]
            np.testing.assert_allclose(numbers(cell), expected, atol=0.051 if unit == 100.0 else 0.00051)
    assert found.paths == 1_000


def test_the_histogram_counts_every_path_within_its_edges() -> None:
    found = under("negative_gamma")
    assert found.edges.size == 61
    for shares in (found.hedged, found.twin):
        assert 98.0 < shares.sum() <= 100.0
    spread = [np.sqrt(np.average((found.edges[:-1] - 100.0) ** 2, weights=s)) for s in (found.hedged, found.twin)]
    assert spread[0] / spread[1] == pytest.approx(4.0 / 3.0, abs=0.1)


def test_a_pin_is_looked_for_where_most_options_expire() -> None:
    """The scenario names no strike: that with most contracts of those that expire on the last day."""
    assert any(row[0] == "Pinned: within $0.11 of $110" for row in under("gamma_squeeze").rows)
    assert not any(row[0].startswith("Pinned") for row in under("negative_gamma").rows)


def test_what_cannot_run_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="at or below -1"):
        under("negative_gamma", liquidity=0.1)


def test_prices_that_cannot_move_have_a_histogram_too() -> None:
    scenario = sh.load_scenario("positive_gamma", overrides={"market.fundamental.volatility": 1e-12, "clock.days": 1})
    found = ensemble_of(scenario, settings_of(scenario), 128)
    assert np.isfinite(found.edges).all()
    assert found.twin.sum() == pytest.approx(100.0)
