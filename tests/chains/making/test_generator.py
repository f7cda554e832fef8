"""Made chains: prices without arbitrage, open interest as asked, impossible recipes refused with field and remedy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.making.generator import Made, make_chain
from simhedge.chains.making.listed import ListedExpiry, divides, listed_expiry, listed_strikes, scale_of, usual_expiries
from simhedge.chains.making.recipe import (
    LARGEST_FRONT_TO_BACK,
    USUAL_RECIPES,
    Recipe,
    largest_curvature,
    term_structure,
    term_vol,
)
from simhedge.errors import InputError

JULY = (listed_expiry(date(2024, 7, 19), "XYZ", "us_options"),)
FEW = Recipe(symbol="XYZ", spot=100.0, expiries=JULY, strikes=(95.0, 100.0, 105.0), oi_profile="uniform")


@pytest.fixture(scope="module", params=USUAL_RECIPES)
def made(request: pytest.FixtureRequest) -> Made:
    return make_chain(USUAL_RECIPES[request.param])


def test_call_and_put_keep_parity(made: Made) -> None:
    options, recipe = made.options, made.recipe
    calls, puts = options.iloc[0::2].reset_index(drop=True), options.iloc[1::2].reset_index(drop=True)
    assert (calls["kind"] == "call").all()
    assert (puts["kind"] == "put").all()
    assert calls[["root", "expiry_date", "strike"]].equals(puts[["root", "expiry_date", "strike"]])
    discount = np.exp(-recipe.rate * calls["time_to_expiry"])
    worth = discount * (calls["forward"] - calls["strike"])
    np.testing.assert_allclose(calls["price"] - puts["price"], worth, atol=1e-9 * recipe.spot)
    np.testing.assert_allclose(calls["gamma"], puts["gamma"])


def test_prices_are_free_of_butterfly_arbitrage(made: Made) -> None:
    calls = made.options.iloc[0::2]
    for _, expiry in calls.groupby(["root", "expiry_date"]):
        strike, price = expiry["strike"].to_numpy(), expiry["price"].to_numpy()
        slope = np.diff(price) / np.diff(strike)
        assert (slope <= 1e-12).all()
        assert (np.diff(slope) >= -1e-9).all()


def test_quotes_surround_the_price_and_no_vol_is_missing(made: Made) -> None:
    options = made.options
    assert (options["bid"] <= options["price"] + 1e-9).all()
    assert (options["ask"] >= options["price"] - 1e-9).all()
    assert options["implied_vol"].equals(options["true_vol"])
    assert (options["implied_vol"] > 0.01).all()
    assert (options["expiry"] > made.quote_time).all()


@settings(max_examples=30, deadline=None)
@given(
    front=st.floats(0.02, 1.0),
    ratio=st.floats(1 / 4, LARGEST_FRONT_TO_BACK),
    earlier=st.floats(0.001, 3.0),
    later=st.floats(0.001, 3.0),
)
def test_total_variance_grows_with_time(front: float, ratio: float, earlier: float, later: float) -> None:
    early, late = (term_vol(time, front, front / ratio) ** 2 * time for time in sorted((earlier, later)))
    assert early <= late * (1 + 1e-12)


def test_vols_of_the_term_structure() -> None:
    assert term_structure(0.2, "flat") == (0.2, 0.2)
    front, back = term_structure(0.2, "rising")
    assert front < 0.2 < back
    assert term_structure(0.2, "falling") == (back, front)
    assert term_vol(0.0, front, back) == pytest.approx(front)
    assert term_vol(1e4, front, back) == pytest.approx(back)


def test_skew_makes_puts_dearer_and_none_makes_the_smile_flat() -> None:
    july = replace(FEW, rate=0.0, dividend_yield=0.0)
    skewed = make_chain(july).options["true_vol"].to_numpy()[::2]
    assert skewed[0] > skewed[1] > skewed[2]
    assert skewed[1] == pytest.approx(0.16)
    flat = make_chain(replace(july, curvature=0.0)).options["true_vol"]
    np.testing.assert_allclose(flat, 0.16)


def test_a_few_contracts_by_hand() -> None:
    made = make_chain(replace(FEW, open_interest=60.0, call_share=0.5))
    options = made.options
    assert options["strike"].tolist() == [95.0, 95.0, 100.0, 100.0, 105.0, 105.0]
    assert options["open_interest"].tolist() == [10.0] * 6
    moment = pd.Timestamp("2024-07-19 16:00", tz="America/New_York")
    assert (options["expiry"] == moment).all()
    elapsed = moment - pd.Timestamp("2024-06-14 20:15", tz="America/New_York")
    np.testing.assert_allclose(options["time_to_expiry"], elapsed / pd.Timedelta(days=365))


def test_equal_recipes_make_equal_chains_and_seeds_change_open_interest_alone() -> None:
    first, again, other = (make_chain(Recipe(seed=seed)).options for seed in (3, 3, 4))
    assert first.equals(again)
    assert not first["open_interest"].equals(other["open_interest"])
    assert first["price"].equals(other["price"])


def test_open_interest_adds_up() -> None:
    options = make_chain(Recipe(open_interest=500_000.0, call_share=0.3)).options
    calls = options.loc[options["kind"] == "call", "open_interest"].sum()
    total = options["open_interest"].sum()
    assert 0.9 * 500_000 < total <= 500_000
    assert calls / total == pytest.approx(0.3, abs=0.02)
    assert (options["open_interest"] % 1.0 == 0.0).all()


def test_walls_hold_most_open_interest_and_most_gamma() -> None:
    recipe = Recipe(call_wall=4100.0, put_wall=3900.0)
    options = make_chain(recipe).options
    exposure = options["gamma"] * options["open_interest"]
    for kind, wall in (("call", 4100.0), ("put", 3900.0)):
        side = options["kind"] == kind
        for weight in (options["open_interest"], exposure):
            assert weight[side].groupby(options["strike"]).sum().idxmax() == wall
    with pytest.raises(InputError) as raised:
        make_chain(replace(recipe, call_wall=4101.0))
    assert (raised.value.key, raised.value.value, raised.value.remedy) == (
        "call_wall",
        4101.0,
        "the nearest one is 4100",
    )


def test_a_wall_on_equal_open_interest_holds_its_share() -> None:
    options = make_chain(replace(FEW, open_interest=1000.0, call_share=1.0, call_wall=105.0)).options
    assert options.loc[options["kind"] == "call", "open_interest"].tolist() == [300.0, 300.0, 400.0]
    assert (options.loc[options["kind"] == "put", "open_interest"] == 0.0).all()


def test_monthly_index_options_settle_at_the_open_and_others_at_the_close() -> None:
    expiries = tuple(listed_expiry(date(2024, 7, day), "SPX", "us_options") for day in (12, 19))
    assert [listing.root for listing in expiries] == ["SPXW", "SPX"]
    options = make_chain(replace(FEW, symbol="SPX", expiries=expiries)).options
    settled = options.drop_duplicates("root").set_index("root")
    assert settled["settlement"].to_dict() == {"SPXW": "pm", "SPX": "am"}
    assert str(settled.loc["SPX", "expiry"]) == "2024-07-19 09:30:00-04:00"
    assert (make_chain(FEW).options["settlement"] == "pm").all()


def test_a_monthly_expiry_on_a_holiday_is_the_session_before() -> None:
    assert listed_expiry(date(2025, 4, 17), "SPX", "us_options").root == "SPX"  # Good Friday is the 18th
    assert listed_expiry(date(2025, 4, 16), "SPX", "us_options").root == "SPXW"
    assert listed_expiry(date(2024, 6, 28), "BTC", "deribit") == ListedExpiry("BTC", date(2024, 6, 28), 8.0)


def test_expiries_reach_from_the_next_session_to_two_years() -> None:
    moment = pd.Timestamp("2024-06-14 12:00", tz="America/New_York")
    listings = usual_expiries(12, "SPX", moment, "us_options")
    days = [listing.expiry for listing in listings]
    assert days == sorted(set(days))
    assert len(days) == 12
    assert days[0] == date(2024, 6, 14)
    assert days[-1] > date(2026, 3, 1)
    evening = usual_expiries(1, "SPX", moment + pd.Timedelta(hours=8), "us_options")
    assert evening[0].expiry == date(2024, 6, 17)
    for count in (0, 99):
        with pytest.raises(InputError, match="no such number"):
            usual_expiries(count, "SPX", moment, "us_options")


@settings(max_examples=50, deadline=None)
@given(forward=st.floats(1.0, 1e5), total_vol=st.floats(1e-4, 2.0))
def test_listed_strikes_are_few_round_and_around_the_forward(forward: float, total_vol: float) -> None:
    scale = scale_of(forward)
    strikes = listed_strikes(forward, total_vol, scale)
    assert 1 <= strikes.size < 200
    assert (np.diff(strikes) > 0.0).all()
    assert divides(5.0 * scale, strikes).all()
    assert 0.15 * forward <= strikes[0] <= strikes[-1] <= 2.1 * forward


def test_scale_is_a_round_number() -> None:
    assert [scale_of(spot) for spot in (4000.0, 4012.37, 100.0, 23_000.0, 60_000.0)] == pytest.approx(
        [1, 1, 0.02, 5, 20]
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("symbol", "S-X"),
        ("market", "mars"),
        ("spot", 0.0),
        ("spot", float("nan")),
        ("spot", True),
        ("rate", 2.0),
        ("front_vol", 0.0),
        ("back_vol", 0.01),
        ("skew", -1.0),
        ("curvature", largest_curvature(-0.7) + 0.01),
        ("open_interest", 0.0),
        ("open_interest", 3.0),
        ("call_share", 1.1),
        ("seed", 1.5),
        ("seed", -1),
        ("strikes", (-5.0,)),
        ("strikes", (100.0, 100.0)),
        ("oi_profile", "bell"),
        ("clock", "moon"),
        ("quote_time", "yesterday"),
        ("quote_time", "1890-01-01"),
        ("quote_time", "NaT"),
        ("expiries", 0),
        ("expiries", ()),
        ("expiries", JULY * 2),
        ("expiries", (ListedExpiry("XYZ", date(2024, 7, 20), 1.0),)),
        ("expiries", (ListedExpiry("XYZ", date(2099, 7, 17), 1.0),)),
        ("expiries", (ListedExpiry("X YZ", date(2024, 7, 19), 1.0),)),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(field: str, value: Any) -> None:
    with pytest.raises(InputError) as raised:
        make_chain(replace(FEW, **{field: value}))
    assert raised.value.key == field
    assert raised.value.remedy
