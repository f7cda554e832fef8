"""Power: the size without feedback; gain, sessions and signs; the closed form; and the tests that are counted."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import polygamma

from simhedge.errors import InputError
from simhedge.scenario import scenario_from_dict
from simhedge.validation.power import Power, power
from simhedge.validation.power_draws import holds_rejected, slope_rejected
from simhedge.validation.power_sessions import Design, normal_scores, simulated_sessions, stage
from simhedge.validation.power_theory import TEST_NAMES, closed_form, sessions_needed

GAINS, SESSIONS, SIGN_ERRORS = (0.05, 0.2), (100, 300, 1000), (0.0, 0.25, 0.5)
DESIGN = Design(paths=1500, gains=4, volatilities=3, draws=400)


def market(clearing: str = "simultaneous", volatility: float = 0.2) -> dict[str, Any]:
    """A scenario whose market, and nothing else of it, is that of the sessions."""
    return {
        "schema_version": 1,
        "name": "sessions",
        "seed": 1,
        "paths": 10,
        "clock": {"days": 3, "steps_per_day": 26},
        "market": {
            "spot": 50.0,
            "fundamental": {"type": "gbm", "drift": 0.0, "volatility": volatility},
            "adv_shares": 5.0e6,
            "impact": {"type": "adv", "coefficient": 1.0},
            "clearing": {"type": clearing},
        },
        "books": {"book": [{"kind": "constant_gamma", "gamma": 1e5}]},
        "dealers": [{"name": "street", "book": "book", "policy": {"type": "continuous"}}],
    }


@pytest.fixture(scope="module")
def found() -> Power:
    return power(scenario_from_dict(market()), GAINS, SESSIONS, SIGN_ERRORS, design=DESIGN)


def binomial_error(share: Any, draws: int = DESIGN.draws) -> Any:
    return np.sqrt(np.maximum(share * (1.0 - share), 0.01) / draws)


def settled(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose test has its nominal size: slopes of the last half hour need more sessions than the others.

    Their regressor has heavy tails, and with wrong signs and large gains the residual grows with it: 7% at 100
    sessions.
    """
    return rows[(rows["test"] != "last_half_hour") | (rows["sessions"] >= 300)]


def far_from_size(every: pd.DataFrame) -> pd.DataFrame:
    rows = settled(every)
    return rows[np.abs(rows["power"] - 0.05) > 4.0 * binomial_error(0.05)]


def test_without_feedback_power_is_the_size(found: Power) -> None:
    none = found.curves[found.curves["feedback_gain"] == 0.0]
    assert len(none) == len(TEST_NAMES) * 2 * len(SESSIONS) * len(SIGN_ERRORS)
    assert far_from_size(none).empty
    np.testing.assert_allclose(none["closed_form"].dropna(), 0.05, atol=1e-4)


def test_with_signs_that_are_coin_tosses_power_is_the_size(found: Power) -> None:
    tossed = found.curves[(found.curves["sign_error"] == 0.5) & (found.curves["feedback_gain"] > 0.0)]
    assert len(tossed) == len(TEST_NAMES) * 2 * len(SESSIONS) * len(GAINS)
    assert far_from_size(tossed).empty


@pytest.mark.parametrize(("along", "direction"), [("sessions", 1.0), ("feedback_gain", 1.0), ("sign_error", -1.0)])
def test_power_rises_with_sessions_and_gain_and_falls_with_wrong_signs(
    found: Power, along: str, direction: float
) -> None:
    others = {"test", "volatility_spread", "feedback_gain", "sign_error", "sessions"} - {along}
    for _, rows in settled(found.curves).groupby(sorted(others)):
        ordered = rows.sort_values(along)
        steps = np.diff(ordered["power"]) * direction
        assert (steps > -4.0 * math.sqrt(2.0) * binomial_error(ordered["power"].to_numpy()[1:])).all()
    right = found.curves[(found.curves["sign_error"] < 0.5) & (found.curves["feedback_gain"] > 0.0)]
    for _, rows in right.groupby(sorted(others)):
        expected = rows.sort_values(along)["closed_form"].dropna()
        assert (np.diff(expected) * direction > -1e-9).all()


def test_the_closed_form_agrees_with_the_share_of_samples(found: Power) -> None:
    told = settled(found.curves[found.curves["closed_form"].notna()])
    assert len(told) > 0.75 * len(found.curves)
    gap = np.abs(told["power"] - told["closed_form"])
    assert (gap <= 4.0 * binomial_error(told["closed_form"])).all()
    assert told["power"].between(0.2, 0.9).sum() > 20  # where there is something to agree on


def test_effects_are_those_of_theory(found: Power) -> None:
    told = found.effects[(found.effects["feedback_gain"] > 0.0) & found.effects["predicted"].notna()]
    assert set(told["test"]) == set(TEST_NAMES) - {"hold_rate"}
    gap = np.abs(told["effect"] - told["predicted"])
    # news in log returns: kappa varies with the price within the day, to second order in a day's move
    assert (gap <= 4.0 * told["effect_se"] + 1e-3 * np.abs(told["predicted"])).all()
    walls = found.effects[(found.effects["test"] == "hold_rate") & (found.effects["feedback_gain"] == 0.2)]
    assert (walls["effect"] > 4.0 * walls["effect_se"]).all()


def test_volatility_that_varies_costs_the_variance_test_most_of_its_power(found: Power) -> None:
    own = found.effects[(found.effects["test"] == "realised_variance") & (found.effects["feedback_gain"] == 0.05)]
    same, varying = own.sort_values("volatility_spread")["per_session"].abs()
    of_steps = float(polygamma(1, 26 / 2))  # variance of the log of a chi squared of 26 steps
    of_volatility = 4.0 * DESIGN.volatility_spread**2
    error = 0.5 * math.sqrt(2.2 / DESIGN.paths)  # of the root of the sample variance of such logs, relative
    expected = math.sqrt(of_steps / (of_steps + of_volatility))
    assert varying / same == pytest.approx(expected, rel=4.0 * error)


def test_needed_sessions_have_the_power_that_is_wanted(found: Power) -> None:
    needed = found.needed[(found.needed["feedback_gain"] > 0.0) & (found.needed["sign_error"] < 0.5)]
    assert ((needed["low"] <= needed["sessions"]) & (needed["sessions"] <= needed["high"])).all()
    effects = found.effects.set_index(["test", "volatility_spread", "feedback_gain"])["per_session"]
    right = needed[needed["sign_error"] == 0.0]
    for row in right.itertuples():
        per_session = effects[(row.test, row.volatility_spread, row.feedback_gain)]
        if row.sessions > 5.0:
            assert closed_form(per_session, row.sessions, row.test) == pytest.approx(0.8, abs=1e-4)
        if row.sessions > 400.0:
            by_hand = ((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / per_session) ** 2
            assert row.sessions == pytest.approx(by_hand, rel=0.001)
    assert np.isinf(found.needed[found.needed["feedback_gain"] == 0.0]["sessions"]).all()


@pytest.mark.parametrize(("per_session", "sessions"), [(0.0, 20), (0.3, 20), (0.5, 60), (0.1, 250)])
def test_the_closed_form_is_the_noncentral_law(per_session: float, sessions: int) -> None:
    freedom, shift = sessions - 2, per_session * math.sqrt(sessions)
    critical = stats.t.ppf(0.975, freedom)
    exact = stats.nct.sf(critical, freedom, shift) + stats.nct.cdf(-critical, freedom, shift)
    assert closed_form(per_session, sessions, "realised_variance") == pytest.approx(exact, abs=5e-4)
    assert sessions_needed(0.0, "hold_rate") == math.inf


def test_slopes_are_rejected_as_statsmodels_does() -> None:
    from statsmodels.api import OLS, add_constant

    random = np.random.default_rng(4)
    x = random.standard_normal((60, 25))
    y = 0.8 * x + random.standard_normal(x.shape) * (1.0 + np.abs(x))
    fits = [OLS(b, add_constant(a)).fit(cov_type="HC3", use_t=True) for a, b in zip(x, y, strict=True)]
    expected = [fit.pvalues[1] < 0.05 for fit in fits]
    assert 5 < sum(expected) < 55
    assert slope_rejected(x, y).tolist() == expected


def test_hold_rates_are_compared_by_hand() -> None:
    touched = np.array([[98.0, 98.0], [98.0, 98.0]])
    held = np.array([[69.0, 49.0], [49.0, 49.0]])  # with one more of each: 0.7 against 0.5, error 0.097
    z = (0.7 - 0.5) / math.sqrt((0.21 + 3 * 0.25) / 100.0)
    assert z > stats.norm.ppf(0.975)
    assert bool(holds_rejected(touched, held))
    assert not bool(holds_rejected(touched, np.where(held == 69.0, 67.0, held)))
    assert not bool(holds_rejected(np.zeros((2, 2)), np.zeros((2, 2))))
    # two touches each: rates 3/4, 1/4, 1/4, 2/4, z = 1.66; without the added ones it would be 2.27
    assert not bool(holds_rejected(np.full((2, 2), 2.0), np.array([[2.0, 0.0], [0.0, 1.0]])))


def test_volatility_scales_a_day_and_every_path_of_news_is_run_at_every_gain() -> None:
    on = stage(scenario_from_dict(market()), DESIGN._replace(paths=64), None)
    days = simulated_sessions(on, 0.2)
    assert days.log_variance.shape == (4, 3, 64)
    shift = 2.0 * DESIGN.volatility_spread * normal_scores(3)
    by_volatility = days.log_variance - days.log_variance[:, 1:2]
    np.testing.assert_allclose(by_volatility, np.broadcast_to(shift[:, None], by_volatility.shape), atol=0.02)
    by_gain = days.log_variance - simulated_sessions(on, 0.0).log_variance
    law = -2.0 * np.log1p(0.2 * normal_scores(4))
    np.testing.assert_allclose(by_gain, np.broadcast_to(law[:, None, None], by_gain.shape), atol=0.02)


def test_lagged_clearing_leaves_the_variance_of_steps_almost_unmoved() -> None:
    few = DESIGN._replace(draws=5)
    lagged = power(scenario_from_dict(market("lagged")), (0.2,), (100,), (0.0,), design=few).effects
    own = lagged[(lagged["test"] == "realised_variance") & (lagged["feedback_gain"] == 0.2)]
    assert own["predicted"].isna().all()
    assert (own["effect"].abs() < 0.05).all()  # against 0.41 under simultaneous clearing: 1 / (1 - kappa^2) is even


def test_the_document_is_plain_and_draws_do_not_depend_on_threads(found: Power) -> None:
    document = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert set(document) == {"curves", "effects", "needed", "samples", "method"}
    assert {row["sessions"] for row in document["samples"]} == {31, 2930}
    few = Design(paths=64, gains=2, volatilities=1, draws=25)
    one, two = (
        power(scenario_from_dict(market()), (0.1,), (50,), (0.1,), design=few, threads=threads) for threads in (1, 2)
    )
    pd.testing.assert_frame_equal(one.curves, two.curves)


@pytest.mark.parametrize(
    ("key", "arguments"),
    [
        ("gains", {"gains": (0.9,)}),
        ("gains", {"gains": (0.0,)}),
        ("sessions", {"sessions": (3,)}),
        ("sessions", {"sessions": ()}),
        ("sign_errors", {"sign_errors": (1.2,)}),
        ("design.gains", {"design": DESIGN._replace(gains=3)}),
        ("design.volatilities", {"design": DESIGN._replace(volatilities=2)}),
    ],
)
def test_what_cannot_be_counted_is_refused(key: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        power(scenario_from_dict(market()), **arguments)
    assert caught.value.key == key
