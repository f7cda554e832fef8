"""Pinning and folds: exact terminal laws under simultaneous clearing, what lag destroys and small dealers restore."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, KYLE_LAMBDA, POLICIES, SPOT, one_dealer, option
from oracle import Dealer, Market, book_gamma, dealers_of, market_of
from oracle import book_delta as book_delta_of
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import kstest

VOLATILITY = 20.0  # $ per sqrt(year)
SPREAD = VOLATILITY * np.sqrt(5 / 252)  # sd of the fundamental at expiry, $
UNIT = 0.0126 * SPOT / 5e6  # lambda of the adv impact, $ per share


def expiry_run(run_scenario: Any, alpha: float, start: float, clearing: dict[str, Any], **options: Any) -> Any:
    """Five days to expiry, `start` deviations above the strike, dealers long alpha * spread / lambda shares."""
    contracts = alpha * SPREAD / UNIT / 100
    book = [option("call", SPOT - start * SPREAD, 5, contracts)]
    sizes = {"paths": 20_000, "steps_per_day": 4, "record": "all"} | options
    scenario = one_dealer(book, POLICIES["continuous"], clearing, **sizes)
    scenario["outputs"]["pin"] = {"strike": SPOT - start * SPREAD, "tolerance": 0.001}
    scenario["outputs"].get("record", {})["series"] = ["spot", "fundamental", "dealer_delta"]
    return run_scenario(scenario)


def pin_metric(result: Any, series: str = "hedged") -> float:
    return float(result.summary.loc["pin_probability", series])


@pytest.mark.parametrize(("alpha", "start"), [(0.25, 0.0), (1.0, 0.0), (4.0, 0.0), (1.0, 0.5), (1.0, -0.7)])
def test_terminal_law_of_a_pin(run_scenario: Any, alpha: float, start: float) -> None:
    """P(pin) = Phi(alpha (1 - delta_0) - z_0) - Phi(-alpha delta_0 - z_0), normal pieces on both sides."""
    result = expiry_run(run_scenario, alpha, start, CLEARINGS["simultaneous"])
    delta_0 = float(result.paths["dealer_delta"][0, 0, 0]) / (alpha * SPREAD / UNIT)
    low, high = -alpha * delta_0 - start, alpha * (1 - delta_0) - start
    pin = ndtr(high) - ndtr(low)
    error = 4 * np.sqrt(pin * (1 - pin) / 20_000)
    assert abs(pin_metric(result) - pin) < error
    assert abs(pin_metric(result, "twin") - 0.002 / SPREAD * 0.3989 * np.exp(-(start**2) / 2)) < 1e-3
    moved = (result.paths["spot"][:, -1].to_numpy() - SPOT) / SPREAD
    below = moved[moved < -start - 1e-9] - alpha * delta_0
    above = moved[moved > -start + 1e-9] + alpha * (1 - delta_0)
    assert kstest(below, lambda z: ndtr(z) / ndtr(low)).pvalue > 1e-3
    assert kstest(above, lambda z: (ndtr(z) - ndtr(high)) / ndtr(-high)).pvalue > 1e-3


def test_closed_form_at_the_money() -> None:
    """At the money, with a delta of one half, the atom is erf(alpha / (2 sqrt 2))."""
    for alpha, expected in [(0.25, 0.099476), (1.0, 0.382925), (4.0, 0.954500)]:
        assert ndtr(alpha / 2) - ndtr(-alpha / 2) == pytest.approx(expected, abs=1e-6)


def test_terminal_price_is_a_function_of_the_fundamental(run_scenario: Any) -> None:
    """Path by path: shifted fundamental, strike, or shifted fundamental less lambda N; a pin is exactly the strike."""
    result = expiry_run(run_scenario, 1.0, 0.5, CLEARINGS["simultaneous"])
    strike, width = SPOT - 0.5 * SPREAD, SPREAD
    shifted = result.paths["fundamental"][:, -1].to_numpy() + UNIT * float(result.paths["dealer_delta"][0, 0, 0])
    expected = np.where(shifted < strike, shifted, np.maximum(strike, shifted - width))
    spot = result.paths["spot"][:, -1].to_numpy()
    np.testing.assert_allclose(spot, expected, atol=1e-8)
    pinned = (shifted > strike) & (shifted < strike + width)
    assert pinned.mean() > 0.2
    assert (spot[pinned] == strike).all()


def test_pin_does_not_depend_on_the_grid(run_scenario: Any) -> None:
    coarse = expiry_run(run_scenario, 1.0, 0.0, CLEARINGS["simultaneous"], steps_per_day=1)
    fine = expiry_run(run_scenario, 1.0, 0.0, CLEARINGS["simultaneous"], steps_per_day=20, paths=10_000)
    assert abs(pin_metric(coarse) - pin_metric(fine)) < 4 * np.sqrt(0.383 * 0.617 * (1 / 20_000 + 1 / 10_000))


def test_lag_destroys_the_pin_and_small_dealers_restore_it(run_scenario: Any) -> None:
    shared: dict[str, Any] = {"paths": 2_000, "steps_per_day": 78, "record": 1}
    lagged = expiry_run(run_scenario, 1.0, 0.0, CLEARINGS["lagged"], **shared)
    assert pin_metric(lagged) < 0.02
    many = {"type": "asynchronous", "rounds": 200, "participation": 0.01}
    contracts = SPREAD / UNIT / 100
    scenario = one_dealer(
        [option("call", SPOT, 5, contracts)], POLICIES["continuous"], many, **(shared | {"record": None})
    )
    scenario["outputs"]["pin"] = {"strike": SPOT, "tolerance": 0.05}
    restored = run_scenario(scenario)
    assert abs(pin_metric(restored) - 0.383) < 0.03 + 4 * np.sqrt(0.383 * 0.617 / 2_000)
    assert pin_metric(restored, "twin") < 0.03


# ---------------------------------------------------------------- the fold of short gamma


def ramp(run_scenario: Any, direction: float, turn: bool = False) -> Any:
    """News that only drifts: $0.6 in 480 steps through the fold of an option with sd $0.1, a = 1, tau = 0.1."""
    sd, days = 0.1, 2_000
    contracts = -(sd / np.sqrt(0.1)) / KYLE_LAMBDA / 100
    book = [option("call", SPOT + 5 * direction * sd, days, contracts, sd / SPOT / np.sqrt(days / 252))]
    drift = direction * 0.6 * 252 / 12
    return run_scenario(
        one_dealer(
            book,
            POLICIES["continuous"],
            CLEARINGS["simultaneous"],
            fundamental={"type": "bachelier", "drift": drift, "volatility": 1e-9},
            impact={"type": "kyle", "kyle_lambda": KYLE_LAMBDA, "form": "arithmetic"},
            paths=2,
            days=12,
            steps_per_day=40,
        )
    )


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_jump_at_the_fold(run_scenario: Any, direction: float) -> None:
    """From -0.21557 to 0.46673 at a fundamental of -0.46329 on the way up, mirrored on the way down: hysteresis."""
    paths = ramp(run_scenario, direction).paths
    unit, strike = 0.1 / np.sqrt(0.1), SPOT + 0.5 * direction
    spot = direction * (paths["spot"][0].to_numpy() - strike) / unit
    fundamental = direction * (paths["fundamental"][0].to_numpy() - strike) / unit
    at = int(np.argmax(np.diff(spot)))
    assert spot[at + 1] == pytest.approx(0.46673, abs=0.02)
    assert spot[at] == pytest.approx(-0.21557, abs=0.1)
    assert fundamental[at + 1] == pytest.approx(-0.46329, abs=0.02)
    assert np.sort(np.diff(spot))[-2] < 0.1


@pytest.mark.parametrize("direction", [1.0, -1.0])
@pytest.mark.parametrize(("distance", "drift"), [(0.72, 1.2e-4), (0.9, 2e-3)])
@pytest.mark.parametrize("book_delta", ["exact", "surface"])
def test_jump_comes_neither_early_nor_late(
    run_scenario: Any, direction: float, distance: float, drift: float, book_delta: str
) -> None:
    """News creeps over the fold, `drift` $ in 400 steps: the price leaves its branch in the step in which it ends."""
    sd, steps = 0.1, 400
    contracts = -(sd / np.sqrt(0.1)) / KYLE_LAMBDA / 100
    book = [option("call", SPOT + distance * direction * sd, 2_000, contracts, sd / SPOT / np.sqrt(2_000 / 252))]
    tree = one_dealer(
        book,
        POLICIES["continuous"],
        CLEARINGS["simultaneous"],
        fundamental={"type": "bachelier", "drift": direction * drift * 252, "volatility": 1e-9},
        impact={"type": "kyle", "kyle_lambda": KYLE_LAMBDA, "form": "arithmetic"},
        paths=1,
        days=1,
        steps_per_day=steps,
    )
    paths, one, market = run_scenario(tree, book_delta=book_delta).paths, dealers_of(tree)[0], market_of(tree)
    jumped = int(np.argmax(np.abs(np.diff(paths["spot"][0].to_numpy())))) + 1
    start = float(book_delta_of(one, np.array([SPOT]), 0, market)[0])
    past = [
        direction * (float(x) - fold_news(one, market, n, direction, start)) > 0
        for n, x in enumerate(paths["fundamental"][0])
    ]
    assert 10 < past.index(True) < steps
    assert abs(jumped - past.index(True)) <= (1 if book_delta == "exact" else 3)


def fold_news(one: Dealer, market: Market, step: int, direction: float, start: float) -> float:
    """Fundamental, $, at which the branch that the price starts on ends at `step`: where 1 + kappa vanishes."""
    gain = lambda s: 1.0 + market.impact * float(book_gamma(one, np.array([s]), step, market)[0])  # noqa: E731
    strike = one.options[0].strike
    spot = brentq(gain, strike - direction * 0.2, strike - direction * 1e-4, xtol=1e-13)
    return float(spot + market.impact * (float(book_delta_of(one, np.array([spot]), step, market)[0]) - start))


def test_no_price_rests_between_the_folds(run_scenario: Any) -> None:
    """Continuation only ever stops on stable branches: 1 + kappa > 0 at every cleared price."""
    book = [option("call", 103.0, 5, -180_000)]
    result = run_scenario(one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], paths=200))
    gain = UNIT * result.paths["net_gamma"].to_numpy()[:, 1:-1]
    assert gain.min() > -1.0
    assert gain.min() < -0.5
    assert np.abs(np.diff(result.paths["spot"].to_numpy())).max() > 0.25 * UNIT * 180_000 * 100


@pytest.mark.parametrize(("relative", "folds"), [(1.05, False), (0.95, True)])
def test_fold_appears_at_tau_c(run_scenario: Any, relative: float, folds: bool) -> None:
    """Multiple equilibria iff tau < a^2 / (2 pi): tipping levels are reported from there on."""
    tau = 5 / 252
    width = SPOT * 0.02 * np.sqrt(tau)  # sd of the option, $; a small vol keeps lognormal and normal alike
    a = width * np.sqrt(2 * np.pi / relative)  # so that tau / tau_c = relative
    book = [option("call", SPOT + 4 * width, 5, -a / UNIT / 100, 0.02)]
    result = run_scenario(one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], paths=2))
    assert (len(result.gain_profile.tipping_levels) > 0) == folds


def test_expiry_of_short_dealers_repels(run_scenario: Any) -> None:
    """Path by path at expiry: the price keeps its side of the strike while that side clears, else it jumps lambda N."""
    contracts = 100_000
    book = [option("call", 101.0, 5, -contracts)]
    result = run_scenario(one_dealer(book, POLICIES["continuous"], CLEARINGS["simultaneous"], paths=400))
    spot, strike, width = result.paths["spot"].to_numpy(), 101.0, UNIT * contracts * 100
    shifted = result.paths["fundamental"][:, -1].to_numpy() + UNIT * float(result.paths["dealer_delta"][0, 0, 0])
    before = spot[:, -2]
    low = ((before < strike) & (shifted < strike)) | ((before > strike) & (shifted + width <= strike))
    np.testing.assert_allclose(spot[:, -1], np.where(low, shifted, shifted + width), atol=1e-8)
    assert 0.1 < low.mean() < 0.95
