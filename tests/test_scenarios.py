"""Every shipped scenario keeps what its description claims, and the claims that `expect` cannot say."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from shipped_results import NAMES, SCENARIOS, shipped_result, shipped_scenario

import simhedge as sh
from simhedge.cli.main import main
from simhedge.cli.scenarios import claim


@cache
def sample(name: str, paths: int) -> Any:
    """The first paths of a shipped scenario, every step of them."""
    return sh.sample_paths(shipped_scenario(name), paths=paths)


def metric(name: str, of: str, series: str = "hedged") -> float:
    summary: Any = shipped_result(name).summary
    return float(summary.at[of, series])


def summary_of(name: str, overrides: dict[str, Any]) -> Any:
    """The summary of a shipped scenario run with some keys changed, its claims and records left out."""
    return sh.run(shipped_scenario(name).with_overrides({**overrides, "expect": [], "outputs.record": None})).summary


# -- what holds for all -------------------------------------------------------


def test_the_folder_holds_these_scenarios() -> None:
    assert sorted(path.stem for path in SCENARIOS.glob("*.yaml")) == sorted(NAMES)
    assert sorted(sh.shipped_scenarios()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_passes(name: str) -> None:
    result = shipped_result(name)
    assert result.expectations
    assert [f"{outcome}" for outcome in result.expectations if not outcome.passed] == []


@pytest.mark.parametrize("name", NAMES)
def test_bounds_leave_four_standard_errors(name: str) -> None:
    """An expectation that a little noise could break would be fitted to its seed."""
    result = shipped_result(name)
    for expectation in result.scenario.expect:
        observed, error = result.summary.loc[expectation.metric, [expectation.series, f"{expectation.series}_se"]]
        if not math.isfinite(error):
            continue
        low, high = expectation.between or (expectation.above, expectation.below)
        if expectation.equals is not None:
            assert expectation.within is not None
            low, high = expectation.equals - expectation.within, expectation.equals + expectation.within
        room = min(observed - (-math.inf if low is None else low), (math.inf if high is None else high) - observed)
        assert room >= 4.0 * error, f"{expectation.metric}: {observed} lies within {room / error:.1f} errors of a bound"


@pytest.mark.parametrize("name", NAMES)
def test_the_description_starts_with_a_claim_of_one_sentence(name: str) -> None:
    first = claim(SCENARIOS / f"{name}.yaml")
    assert first.endswith(".")
    assert 5 <= len(first.split()) <= 45
    assert len(shipped_scenario(name).description) > len(first)


def test_names_are_the_file_names() -> None:
    assert [shipped_scenario(name).name.replace("-", "_") for name in NAMES] == list(NAMES)


def test_run_check_exits_with_1_when_a_bound_is_moved(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "positive_gamma", "--check", "--quiet"]) == 0
    assert main(["run", "positive_gamma", "--check", "--json", "--set", "expect.1.equals=0.9"]) == 1
    verdicts = [outcome["passed"] for outcome in json.loads(capsys.readouterr().out)["expectations"]]
    assert verdicts == [True, False, True, True]


# -- extends says what differs, and nothing else does ---------------------------


def differences(one: str, other: str) -> set[str]:
    """Dotted keys in which two scenarios differ, apart from their words and their claims."""
    trees = (shipped_scenario(one).as_dict(), shipped_scenario(other).as_dict())
    flat = [
        dict(_leaves({k: v for k, v in tree.items() if k not in ("name", "description", "expect")})) for tree in trees
    ]
    return {key for key in flat[0].keys() | flat[1].keys() if flat[0].get(key) != flat[1].get(key)}


def _leaves(tree: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in _leaves(value, f"{prefix}{key}.")]
    if isinstance(tree, list):
        return [leaf for index, value in enumerate(tree) for leaf in _leaves(value, f"{prefix}{index}.")]
    return [(prefix.rstrip("."), tree)]


def test_negative_gamma_is_positive_gamma_with_one_sign_changed() -> None:
    assert differences("positive_gamma", "negative_gamma") == {"books.quarterly.0.contracts"}
    contracts = [
        shipped_scenario(name).as_dict()["books"]["quarterly"][0]["contracts"]
        for name in ("positive_gamma", "negative_gamma")
    ]
    assert contracts[0] == -contracts[1] > 0


def test_the_whole_street_is_one_dealer_ten_thousand_times() -> None:
    assert differences("one_dealer_is_noise", "the_whole_street") == {"dealers.0.copies"}
    gains = [metric(name, "feedback_gain_start") for name in ("one_dealer_is_noise", "the_whole_street")]
    assert gains[1] == pytest.approx(10_000 * gains[0], rel=1e-9)


def test_the_pins_differ_in_clearing() -> None:
    for name in ("expiry_pin_lagged", "expiry_pin_asynchronous"):
        changed = differences("expiry_pin", name)
        assert any(key.startswith("market.clearing.") for key in changed)
        assert all(key.split(".")[0] in ("outputs", "paths") or key.startswith("market.clearing.") for key in changed)


# -- delta_hedging_101 ----------------------------------------------------------


def test_101_the_dealer_starts_with_fifty_shares_and_always_holds_the_delta() -> None:
    paths = shipped_result("delta_hedging_101").paths
    assert paths is not None
    hedge = paths["hedge"].to_numpy().sum(axis=-1)[0]
    assert hedge[0] == pytest.approx(50.0, abs=0.05)
    np.testing.assert_allclose(hedge, -paths["dealer_delta"].to_numpy().sum(axis=-1)[0], rtol=0, atol=1e-9)
    assert np.ptp(hedge) > 10.0, "the dealer re-hedges"


def test_101_holdings_are_the_delta_of_black_and_scholes() -> None:
    paths = shipped_result("delta_hedging_101").paths
    assert paths is not None
    spot, hedge = paths["spot"].to_numpy()[0], paths["hedge"].to_numpy().sum(axis=-1)[0]
    width = 0.20 * np.sqrt((20 - np.arange(20)) / 252)
    expected = 100.0 * norm.cdf(np.log(spot[:-1] / 100.1589) / width + width / 2)
    np.testing.assert_allclose(hedge[:-1], expected, rtol=0, atol=1e-4)
    assert hedge[-1] == (100.0 if spot[-1] > 100.1589 else 0.0)


def test_101_cash_pays_for_every_trade_and_takes_the_strike() -> None:
    paths = shipped_result("delta_hedging_101").paths
    assert paths is not None
    spot = paths["spot"].to_numpy()[0]
    hedge, cash = (paths[series].to_numpy().sum(axis=-1)[0] for series in ("hedge", "cash"))
    payments = -np.diff(hedge) * spot[1:]
    payments[-1] += 100 * 100.1589 if spot[-1] > 100.1589 else 0.0
    np.testing.assert_allclose(np.diff(cash), payments, rtol=0, atol=1e-9)


def test_101_the_dealer_buys_after_rises_and_sells_after_falls() -> None:
    paths = shipped_result("delta_hedging_101").paths
    assert paths is not None
    moves, trades = np.diff(paths["spot"].to_numpy()[0]), paths["hedge_flow"].to_numpy()[0, 1:]
    large = np.abs(moves) > 0.5
    large[-1] = False  # the call is exercised, there is nothing left to trade
    assert large.sum() >= 5
    assert np.all(np.sign(moves[large]) == np.sign(trades[large]))


def test_101_table_shows_the_purchase_of_fifty_shares(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "delta_hedging_101", "--table"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()[:2].strip().isdigit()]
    assert rows[0][:5] == ["0", "100.0000", "−50.00", "50.00", "+50.00"]
    assert [row[0] for row in rows[:21]] == [str(step) for step in range(21)]


# -- damping and amplification ----------------------------------------------------


@pytest.mark.parametrize("name", ["positive_gamma", "negative_gamma"])
def test_volatility_is_one_over_one_plus_the_gain(name: str) -> None:
    expected = 1.0 / (1.0 + metric(name, "feedback_gain_start"))
    assert metric(name, "realised_vol", "ratio") == pytest.approx(expected, rel=2e-3)
    assert metric(name, "horizon_vol", "ratio") == pytest.approx(expected, rel=4e-3)


def test_long_dealers_sell_rises_and_short_dealers_buy_them() -> None:
    for name, sign in (("positive_gamma", -1.0), ("negative_gamma", 1.0)):
        paths = sample(name, 20)
        moves = np.diff(paths["spot"].to_numpy(), axis=1)
        trades = paths["hedge_flow"].to_numpy()[:, 1:]
        assert np.mean(np.sign(moves) == sign * np.sign(trades)) > 0.95


def test_both_signs_meet_the_same_news() -> None:
    long, short = (sample(name, 20)["twin_spot"].to_numpy() for name in ("positive_gamma", "negative_gamma"))
    assert np.array_equal(long, short)


def test_one_dealer_moves_no_price_by_a_hundredth_of_a_cent() -> None:
    paths = sample("one_dealer_is_noise", 200)
    gap = np.abs(paths["spot"].to_numpy() - paths["twin_spot"].to_numpy()).max()
    assert 0.0 < gap < 1e-3


def test_the_street_damps_in_proportion_to_its_number() -> None:
    ratios = []
    for copies in (100, 1_000, 10_000):
        summary = summary_of("the_whole_street", {"dealers.dealer.copies": copies, "paths": 500})
        ratios.append(float(summary.at["realised_vol", "ratio"]))
    gain = metric("the_whole_street", "feedback_gain_start")
    assert ratios[0] == pytest.approx(1.0 - gain / 100, abs=5e-4)
    assert ratios[1] == pytest.approx(1.0 - gain / 10, abs=8e-3)
    assert ratios[2] < 0.75


# -- the pin --------------------------------------------------------------------------


def pin_probability_by_clearing() -> float:
    """P(pin) of expiry_pin: the news lies in the interval that clears at the strike (docs/model.md)."""
    reach = 0.0126 * 100.0 / 5.0e6 * 11.18e6
    width = 0.20 * math.sqrt(5 / 252)
    offset = reach * norm.cdf(width / 2)
    below, above = (math.log((100.0 - offset + shift) / 100.0) / width + width / 2 for shift in (0.0, reach))
    return float(norm.cdf(above) - norm.cdf(below))


def test_pin_probability_is_the_exact_one() -> None:
    exact = pin_probability_by_clearing()
    assert exact == pytest.approx(math.erf(1.0 / (2.0 * math.sqrt(2.0))), abs=1e-3)
    error = metric("expiry_pin", "pin_probability", "hedged_se")
    assert metric("expiry_pin", "pin_probability") == pytest.approx(exact, abs=4.0 * error)


@pytest.mark.parametrize("alpha", [0.25, 2.0])
def test_other_open_interest_pins_as_the_formula_says(alpha: float) -> None:
    summary = summary_of("expiry_pin", {"books.monthly.0.contracts": alpha * 111_800, "paths": 10_000})
    observed, error = summary.loc["pin_probability", ["hedged", "hedged_se"]]
    assert observed == pytest.approx(math.erf(alpha / (2.0 * math.sqrt(2.0))), abs=4.0 * error + 2e-3)


def test_the_first_path_of_expiry_pin_shows_a_pin() -> None:
    paths = shipped_result("expiry_pin").paths
    assert paths is not None
    assert float(paths["spot"][0, -1]) == 100.0
    assert abs(float(paths["twin_spot"][0, -1]) - 100.0) > 0.5


def test_lagged_hedging_swings_more_and_more_towards_expiry() -> None:
    first, last = (metric("expiry_pin_lagged", f"realised_vol_{day}_day", "ratio") for day in ("first", "last"))
    assert 1.0 < first < 1.2
    assert last > 5.0


def test_trading_a_part_of_the_gap_brings_much_of_the_pin_back() -> None:
    shares = []
    for participation in (1.0, 0.25):
        part = {"market.clearing.participation": participation, "outputs.pin.tolerance": 0.25, "paths": 4_000}
        summary = summary_of("expiry_pin_lagged", part)
        shares.append(float(summary.at["pin_probability", "hedged"]))
    assert shares[0] < 0.1
    assert shares[1] > 0.25


def test_many_small_trades_pin_the_same_paths_as_one_clearing() -> None:
    together = shipped_result("expiry_pin").paths
    one_by_one = sample("expiry_pin_asynchronous", 200)["spot"].to_numpy()[:, -1]
    assert together is not None
    pinned = together["spot"].to_numpy()[:, -1] == 100.0
    assert 50 < pinned.sum() < 110
    assert np.mean((np.abs(one_by_one - 100.0) <= 0.05) == pinned) > 0.95


# -- the squeeze, the change of regime, the index ----------------------------------------


def test_the_squeeze_leaps_over_the_strike_while_its_news_does_not() -> None:
    paths = sample("gamma_squeeze", 200)
    spot, twin = paths["spot"].to_numpy(), paths["twin_spot"].to_numpy()
    step = 100.0 * 0.60 / math.sqrt(252 * 78)
    leap = np.diff(spot, axis=1)
    over = (leap > 5 * step) & (spot[:, :-1] < 110.0) & (spot[:, 1:] > 110.0)
    assert 0.5 < over.any(axis=1).mean() < 0.9
    assert np.abs(np.diff(twin, axis=1)).max() < 7 * step
    # The greater the fold, the further the leap, but never further than the impact of all the shares.
    assert leap.max() > 15.0
    assert leap.max() < 0.60 / math.sqrt(252) * 100.0 / 5.0e6 * 30.0e6 + 7 * step


def test_the_first_path_of_gamma_squeeze_leaps_and_falls_back() -> None:
    spot = sample("gamma_squeeze", 200)["spot"].to_numpy()[0]
    assert spot.max() > 115.0
    assert spot[-1] < 110.0
    assert np.diff(spot).max() > 10.0
    assert np.diff(spot).min() < -10.0


def test_dealers_who_are_long_the_same_calls_prevent_the_squeeze() -> None:
    summary = summary_of("gamma_squeeze", {"books.weekly_calls.0.contracts": 300_000, "paths": 1_000})
    assert summary.at["squeeze_probability", "hedged"] == 0.0
    assert summary.at["max_runup", "ratio"] < 1.0


def test_net_gamma_changes_sign_on_the_way() -> None:
    gamma = sample("regime_change", 200)["net_gamma"].to_numpy()
    assert np.all(gamma[:, 0] > 0.0)
    assert np.mean(gamma[:, -2] < 0.0) > 0.8


def test_the_volatility_follows_the_regime_from_the_first_day_to_the_last() -> None:
    first, last = (f"realised_vol_{day}_day" for day in ("first", "last"))
    for day, sign in ((first, -1.0), (last, 1.0)):
        difference, error = (metric("regime_change", day, column) for column in ("difference", "difference_se"))
        assert sign * difference > 10.0 * error
    change = metric("regime_change", last) / metric("regime_change", first)
    twin = metric("regime_change", last, "twin") / metric("regime_change", first, "twin")
    assert change > 1.2
    assert twin == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("share", [-1.0, 0.25])
def test_the_index_follows_the_sign_of_its_book(share: float) -> None:
    sign = {"calls": share, "puts": -share}
    summary = summary_of("spx_chain", {"books.street.sign": sign, "paths": 500})
    above, below = (float(summary.at[f"realised_vol_{side}_zero_gamma", "ratio"]) for side in ("above", "below"))
    assert above < 1.0 < below
    if share == 0.25:
        whole = metric("spx_chain", "realised_vol_above_zero_gamma", "ratio")
        assert (1.0 - above) / (1.0 - whole) == pytest.approx(0.25, abs=0.1)
    start = float(summary.at["feedback_gain_start", "hedged"])
    assert start == pytest.approx(share * metric("spx_chain", "feedback_gain_start"), rel=1e-6)
