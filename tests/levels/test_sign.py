"""The dealers' side: its grammar and what is refused, buckets, overriding in order, the file's own column."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listings import Option, listing_of, random_listing, usual

from simhedge.errors import InputError
from simhedge.levels.sign import Sign, dealer_shares


def shares(text: str) -> list[float]:
    """Shares of a call and a put at each of 90, 100 (spot) and 110, then of a call and a put 0, 7 and 30 days away."""
    rows = [Option(kind, strike, 1.0, 0.2, 0.5) for strike in (90.0, 100.0, 110.0) for kind in ("call", "put")]
    rows += [Option(kind, 100.0, 1.0, 0.2, 0.1) for _ in range(3) for kind in ("call", "put")]
    days = np.array([200.0] * 6 + [0.0, 0.0, 7.0, 7.0, 30.0, 30.0])
    return [float(share) for share in dealer_shares(listing_of(rows, days=days), Sign.parse(text))]


# ---------------------------------------------------------------- grammar


def test_usual_sign() -> None:
    listing = random_listing(1)
    assert (dealer_shares(listing, Sign()) == usual(listing)).all()
    assert Sign.parse("calls=1,puts=-1") == Sign()
    assert Sign().as_dict() == {"calls": 1.0, "puts": -1.0}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("calls=1,puts=-1", {"calls": 1.0, "puts": -1.0}),
        (" Calls = +.5 , PUTS=-1e-1", {"calls": 0.5, "puts": -0.1}),
        ("puts=0", {"calls": 1.0, "puts": 0.0}),
        ("calls=-1.", {"puts": -1.0, "calls": -1.0}),
        ("puts:<=30d=-1", {"calls": 1.0, "puts": -1.0, "puts:<=30d": -1.0}),
        ("calls:>365d=2,puts:0dte=0", {"calls": 1.0, "puts": -1.0, "calls:>365d": 2.0, "puts:0dte": 0.0}),
        ("calls:otm=.5,puts:itm=.25", {"calls": 1.0, "puts": -1.0, "calls:otm": 0.5, "puts:itm": 0.25}),
    ],
)
def test_what_is_understood(text: str, rules: dict[str, float]) -> None:
    assert Sign.parse(text).as_dict() == rules
    assert not Sign.parse(text).from_column


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "calls",
        "calls=",
        "calls=one",
        "call=1",
        "calls=1,puts",
        "calls=1;puts=-1",
        "calls=1,,puts=-1",
        "calls:=1",
        "calls:atm=1",
        "calls:<30d=1",
        "calls:<=30=1",
        "calls:<=-3d=1",
        "calls:<=1000000d=1",
        "calls:otm:0dte=1",
        "calls=nan",
        "calls=inf",
        "calls=1e999",
        "calls==1",
        "=1",
        "column,calls=1",
        "both=1",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InputError) as told:
        Sign.parse(text)
    assert told.value.key == "sign"
    assert "calls=1,puts=-1" in (told.value.remedy or "")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.text(alphabet="calsput:otmdie0123=,.-+<> \u0661\n", max_size=24))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        found = Sign.parse(text)
    except InputError:
        return
    assert all(math.isfinite(share) for share in np.asarray([value for _, value in found.rules]))
    assert np.isfinite(dealer_shares(random_listing(1, count=20), found)).all()


@pytest.mark.parametrize("rules", [{"call": 1.0}, {"calls:foo": 1.0}, {"Puts": 1.0}, {"calls": math.nan}, {"": 1.0}])
def test_a_mapping_is_checked_too(rules: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Sign.of(rules)


def test_a_side_not_named_keeps_its_usual_share() -> None:
    assert shares("calls=0")[:6] == [0.0, -1.0, 0.0, -1.0, 0.0, -1.0]
    assert dict(Sign.of({"puts": 0.5}).rules) == {"calls": 1.0, "puts": 0.5}


# ---------------------------------------------------------------- buckets


def test_moneyness() -> None:
    """Of the calls those from spot up are out of the money, of the puts those below spot."""
    assert shares("calls:otm=5")[:6] == [1.0, -1.0, 5.0, -1.0, 5.0, -1.0]
    assert shares("calls:itm=5")[:6] == [5.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    assert shares("puts:otm=5")[:6] == [1.0, 5.0, 1.0, -1.0, 1.0, -1.0]
    assert shares("puts:itm=5")[:6] == [1.0, -1.0, 1.0, 5.0, 1.0, 5.0]


@pytest.mark.parametrize("side", ["calls", "puts"])
def test_out_of_and_in_the_money_are_the_whole_side(side: str) -> None:
    listing = random_listing(2)
    both = dealer_shares(listing, Sign.parse(f"{side}:otm=3,{side}:itm=3"))
    assert (both == dealer_shares(listing, Sign.parse(f"{side}=3"))).all()


def test_days_to_expiry() -> None:
    assert shares("calls:0dte=5")[6:] == [5.0, -1.0, 1.0, -1.0, 1.0, -1.0]
    assert shares("puts:<=7d=5")[6:] == [1.0, 5.0, 1.0, 5.0, 1.0, -1.0]
    assert shares("puts:>7d=5")[6:] == [1.0, -1.0, 1.0, -1.0, 1.0, 5.0]
    assert shares("puts:>7d=5")[1] == 5.0


def test_days_do_not_hang_on_the_day_count() -> None:
    """Weekdays over 252, one at least: an option that expires today is 0DTE all the same."""
    listing = listing_of([Option("call", 100.0, 1.0, 0.2, 1.0 / 252.0)], days=np.zeros(1))
    assert dealer_shares(listing, Sign.parse("calls:0dte=0")).tolist() == [0.0]


# ---------------------------------------------------------------- order


def test_the_later_rule_overrides() -> None:
    assert shares("puts=-1,puts:otm=-0.5")[1] == -0.5
    assert shares("puts:otm=-0.5,puts=-1")[1] == -1.0
    assert shares("calls:otm=2,calls:<=400d=3")[4] == 3.0
    assert shares("calls:<=400d=3,calls:otm=2")[4] == 2.0
    assert shares("calls=2,calls:otm=3,calls=4")[:6] == [4.0, -1.0, 4.0, -1.0, 4.0, -1.0]


def test_a_bucket_alone_refines_the_usual_sign() -> None:
    assert shares("puts:otm=-0.5")[:6] == [1.0, -0.5, 1.0, -1.0, 1.0, -1.0]


# ---------------------------------------------------------------- the file's column


@pytest.mark.parametrize("text", ["column", " Column "])
def test_column_takes_the_share_of_each_row(text: str) -> None:
    sign, own = Sign.parse(text), np.array([0.5, -2.0])
    assert sign.from_column
    assert sign.as_dict() == {"column": "dealer_sign"}
    listing = listing_of([Option("call", 100.0, 1.0), Option("put", 100.0, 1.0)], dealer_sign=own)
    assert dealer_shares(listing, sign).tolist() == [0.5, -2.0]


def test_a_column_with_holes_is_refused() -> None:
    rows = [Option("call", 100.0, 1.0), Option("put", 100.0, 1.0)]
    with pytest.raises(InputError, match="side") as told:
        dealer_shares(listing_of(rows, dealer_sign=np.array([1.0, math.nan])), Sign.parse("column"))
    assert "dealer_sign" in (told.value.remedy or "")
