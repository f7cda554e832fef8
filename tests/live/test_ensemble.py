"""The ensemble is the run of the scenario that the controls make, in words with 95% intervals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.ensemble import ensemble_of
from simhedge.live.ensemble_view import EnsembleView
from simhedge.live.settings import overrides_of, settings_of
from simhedge.report.interactive.look import LIGHT
from simhedge.rounding import NORMAL_95


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
    volatility, pinned = rows["Realised volatility, a year"], rows["Pinned: within $0.001 of $100"]
    cells = [(*pair, "realised_vol") for pair in zip(volatility, ("hedged", "twin", "ratio"), strict=True)]
    for cell, name, metric in [*cells, (pinned[2], "difference", "pin_probability")]:
        value, error = summary.at[metric, name], summary.at[metric, f"{name}_se"]
        unit = 1.0 if name == "ratio" else 100.0
        reach = NORMAL_95 * error
        expected = [unit * value, unit * (value - reach), unit * (value + reach)]
        np.testing.assert_allclose(numbers(cell), expected, atol=0.051 if unit == 100.0 else 0.00051)
    for cell, name in zip(pinned[:2], ("hedged", "twin"), strict=True):
        share = summary.at["pin_probability", name]
        low, high = proportion_confint(round(1_000 * share), 1_000, method="wilson")
        np.testing.assert_allclose(numbers(cell), [100.0 * share, 100.0 * low, 100.0 * high], atol=0.051)
    assert (found.paths, found.diverged) == (1_000, 0)


def test_none_of_a_thousand_is_not_never() -> None:
    """No twin leaps; of 1,000 that says at most 0.38% (Wilson)."""
    squeezed = next(row for row in under("gamma_squeeze").rows if row[0].startswith("Squeezed"))
    assert squeezed[2] == "0.00% [0.00, 0.38]"
    unable = next(row for row in under("gamma_squeeze", scale=0.0).rows if row[0].startswith("Squeezed"))
    assert unable[3] == "difference –", "of two zeros nothing is known"


def test_paths_that_left_their_bounds_are_counted_apart() -> None:
    found = under("gamma_squeeze", clearing="lagged", liquidity=0.2, scale=-1.0)
    assert 0 < found.diverged < found.paths
    kept = 100.0 * (1.0 - found.diverged / found.paths)
    assert found.hedged.sum() == pytest.approx(kept, abs=2.0)
    view = EnsembleView(LIGHT)
    view.show(found)
    assert f"{found.diverged:,} of them left their bounds" in view.words.text


def test_where_no_price_stays_within_bounds_it_is_said() -> None:
    with pytest.raises(InputError, match="left its bounds on every path"):
        under("gamma_squeeze", clearing="lagged", liquidity=0.1, scale=-3.0)


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
