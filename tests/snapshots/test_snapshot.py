"""A snapshot: what is asked reaches the levels, and the document says what was done."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from snapshot_by_hand import THREE, make_snapshot

import simhedge as sh
from simhedge.levels import Sign
from simhedge.snapshots.snapshot import daily_vol

NO_GAMMA = [(*row[:5], math.nan) for row in THREE]


def test_gamma_is_the_vendors_where_he_shows_any() -> None:
    found = make_snapshot(THREE).as_json()
    assert found["conventions"]["gamma"] == "vendor"
    calls = (0.05 * 1000 + 0.01 * 500) * 100.0 * 100.0**2 * 0.01
    assert found["exposure"]["gamma"]["calls"] == pytest.approx(calls)
    assert make_snapshot(THREE, gamma="model").as_json()["conventions"]["gamma"] == "model"


def test_without_vendor_gamma_the_model_takes_its_place_and_says_so() -> None:
    assert make_snapshot(NO_GAMMA).as_json()["conventions"]["gamma"] == "model"
    asked = make_snapshot(NO_GAMMA, gamma="vendor")
    assert asked.as_json()["conventions"]["gamma"] == "model"
    assert any("no vendor gamma" in warning for warning in asked.warnings)


def test_what_has_no_vol_is_counted_and_not_guessed() -> None:
    rows = [*THREE, ("put", 90.0, "2024-06-21", 700.0, 0.0, 0.0)]
    model = make_snapshot(rows, gamma="model").as_json()
    assert model["chain"]["dropped"] == {"no implied vol": 1}
    assert model["chain"]["contracts_used"] == 3
    vendor = make_snapshot(rows)
    assert vendor.as_json()["chain"]["contracts_used"] == 4
    assert any("1 options without implied vol (open interest 700)" in warning for warning in vendor.warnings)


def test_the_document_is_json_whatever_is_missing() -> None:
    found = make_snapshot([("call", 105.0, "2024-06-21", 10.0, 0.0, 0.0)]).as_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["zero_gamma"] == {"status": "none", "headline": None, "rule": "nearest", "roots": []}
    assert found["walls"]["call"]["strike"] is None


def test_conventions_are_told_as_asked() -> None:
    sign = Sign.parse("calls=0.5,puts=-1,puts:otm=-0.2")
    found = make_snapshot(
        THREE, rate=0.04, dividend_yield=0.01, day_count="busday252", settlement="pm", sign=sign, unit="shares"
    ).as_json()["conventions"]
    assert found["sign"] == {"calls": 0.5, "puts": -1.0, "puts:otm": -0.2}
    assert (found["rate"], found["dividend_yield"], found["day_count"]) == (0.04, 0.01, "busday252")
    assert (found["settlement"], found["unit"]) == ("pm", "shares")


def test_charm_is_per_day_of_the_day_count() -> None:
    """With the same time to expiry in years, 252 days a year make 365/252 of the charm a day."""
    levels = make_snapshot(THREE, gamma="model", day_count="busday252").levels
    by_365 = sh.take_snapshot(make_snapshot(THREE).chain, sh.Asked(gamma="model", day_count="busday252"))
    assert by_365.levels.exposure_legs()["charm"] == levels.exposure_legs()["charm"]
    from simhedge.levels import levels_of

    other = levels_of(levels.listing, levels.conventions._replace(days_per_year=365.0))
    ratio = levels.exposure_legs()["charm"].net / other.exposure_legs()["charm"].net
    assert ratio == pytest.approx(365.0 / 252.0, rel=1e-12)


def test_the_daily_vol_is_that_of_options_a_month_away() -> None:
    listing = make_snapshot(THREE).levels.listing
    assert daily_vol(listing) == pytest.approx(0.20 / math.sqrt(252.0))
    found = make_snapshot(THREE, adv_notional=1e9).levels.feedback
    assert found is not None
    assert found.impact.daily_vol == pytest.approx(0.20 / math.sqrt(252.0))
    gain = found.impact.daily_vol / 0.01 * make_snapshot(THREE, gamma="model").levels.exposure_legs()["gamma"].net / 1e9
    assert found.gain_at_spot == pytest.approx(gain, rel=1e-9)


def test_settled_rows_that_were_kept_are_told_apart_from_rows_without_vol(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    table = make_snapshot([*THREE, ("put", 90.0, "2024-06-21", 5.0, 0.0, 0.0)]).chain.table
    rows = table.assign(expiry=table["expiry_date"], option_type=table["kind"])
    rows = pd.concat([rows, rows.iloc[[0]].assign(expiry=pd.Timestamp("2024-06-13"))])
    columns = ["root", "expiry", "strike", "option_type", "open_interest", "implied_vol", "bid", "ask", "volume"]
    rows[columns].to_csv(file, index=False)
    asked: Any = {"spot": 100.0, "quote_time": "2024-06-14 10:00"}
    kept = sh.read_snapshot(file, keep_expired=True, **asked).warnings
    assert any("1 options that have settled (open interest 1,000)" in warning for warning in kept)
    assert any("1 options without implied vol (open interest 5)" in warning for warning in kept)
    assert not any("settled" in warning for warning in sh.read_snapshot(file, **asked).warnings)


def test_walls_on_the_wrong_side_are_told() -> None:
    warnings = make_snapshot([("call", 95.0, "2024-06-21", 10.0, 0.2, 0.05), THREE[1]]).warnings
    assert any("call wall 95 lies below spot" in warning for warning in warnings)
    assert any("same strike" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gamma", "mine"),
        ("implied_vol", "best"),
        ("day_count", "30/360"),
        ("settlement", "am"),
        ("walls", "high"),
        ("zero_gamma", "lowest"),
        ("unit", "eur"),
        ("definitions", ("gflow",)),
        ("rate", math.inf),
        ("dividend_yield", 3.0),
        ("adv_notional", -1.0),
        ("daily_vol", 0.0),
        ("impact", math.nan),
        ("errors", None),
    ],
)
def test_what_no_chain_could_make_sense_of_is_refused(key: str, value: Any) -> None:
    from simhedge.levels import SignErrors

    given = SignErrors(2.0) if key == "errors" else value
    with pytest.raises(sh.InputError) as caught:
        sh.Asked(**{key: given})
    assert caught.value.key == ("uncertainty" if key == "errors" else key)
    assert caught.value.remedy


def test_a_snapshot_of_a_book_and_of_its_chain_agree() -> None:
    """Sticky vols and trading time aside: the same options, the same walls."""
    snapshot = make_snapshot(THREE, gamma="model")
    levels = sh.find_levels(sh.Book.from_chain(snapshot.chain), snapshot.chain.market_state())
    assert levels.walls == snapshot.levels.walls
    assert np.sign(levels.exposure.gamma.sum()) == np.sign(snapshot.levels.exposure.gamma.sum())


@pytest.mark.parametrize("sign", ["calls=0.5,puts=-1", {"calls": 0.5}, Sign.of({"calls": 0.5, "puts": -1.0})])
def test_a_sign_may_be_written_in_three_ways(sign: Any) -> None:
    found = make_snapshot(THREE, sign=sign).as_json()
    assert found["conventions"]["sign"] == {"puts": -1.0, "calls": 0.5} == dict(found["conventions"]["sign"])
    whole = make_snapshot(THREE).as_json()["exposure"]["gamma"]
    assert found["exposure"]["gamma"]["calls"] == pytest.approx(0.5 * whole["calls"])


@pytest.mark.parametrize("sign", ["calls=1e308", {"call": 1.0}, {"calls": "long"}, {"calls": math.nan}])
def test_a_sign_that_is_none_is_refused(sign: Any) -> None:
    with pytest.raises(sh.InputError) as caught:
        sh.Asked(sign=sign)
    assert caught.value.key == "sign"


def test_days_to_expiry_may_be_a_number() -> None:
    assert make_snapshot(THREE, expiry=10).levels.listing.expiries == ("2024-06-21",)
