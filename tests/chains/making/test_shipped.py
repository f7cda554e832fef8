"""The shipped chain: made by its generator, of the size and shape promised, readable with all its blemishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simhedge.chains import Chain, read_chain
from simhedge.chains.making.generator import smile
from simhedge.chains.making.recipe import term_vol
from simhedge.chains.making.shipped import DIVIDEND_YIELD, RATE, RECIPE, SEED, SPOT, chain_text

SHIPPED = Path(__file__).parents[3] / "scenarios" / "data" / "spx_like_quotedata.csv"


@pytest.fixture(scope="module")
def chain() -> Chain:
    return read_chain(SHIPPED)


def test_the_shipped_file_is_the_generators() -> None:
    assert chain_text(SEED).encode() == SHIPPED.read_bytes()
    assert chain_text(SEED + 1) != chain_text(SEED)


def at_the_money_vol(time_to_expiry: float) -> float:
    return term_vol(time_to_expiry, RECIPE.front_vol, RECIPE.back_vol)


def ssvi(log_moneyness: np.ndarray, total_vol: float, time_to_expiry: float) -> np.ndarray:
    return smile(log_moneyness, total_vol, time_to_expiry, RECIPE.skew, RECIPE.smile_curvature)


def test_size_and_spread(chain: Chain) -> None:
    report = chain.report
    assert 3_800 <= report.rows_used <= 4_200
    assert 12e6 <= chain.table["open_interest"].sum() <= 15e6
    assert 25 <= chain.table["expiry"].nunique() <= 35
    assert chain.expiry_days.min() == 1
    assert 480 <= chain.expiry_days.max() <= 510
    assert SHIPPED.stat().st_size < 400_000
    assert chain.symbol == "SPX"
    assert chain.spot == SPOT
    assert "Synthetic 500 Index" in chain.name


def test_blemishes_are_met_and_mended(chain: Chain) -> None:
    assert chain.report.dropped.keys() == {"expired"}
    report = chain.book_report
    assert report.dropped.keys() == {"expired", "no implied vol"}
    assert report.repaired.keys() == {
        "implied vol solved from the quote",
        "implied vol of the in-the-money side",
    }
    assert report.dropped_open_interest["no implied vol"] < 0.002 * chain.open_interest.sum()
    assert report.warnings == []


def test_open_interest_gathers_at_round_strikes(chain: Chain) -> None:
    table = chain.table
    mean = [table.loc[chosen, "open_interest"].mean() for chosen in _by_roundness(table["strike"].to_numpy())]
    assert mean == sorted(mean, reverse=True)
    assert mean[0] > 5 * mean[-1]
    calls, puts = table[table["kind"] == "call"], table[table["kind"] == "put"]
    assert _mean_strike(calls) > chain.spot > _mean_strike(puts)


def _by_roundness(strike: np.ndarray) -> list[np.ndarray]:
    rounder = [strike % step == 0 for step in (100, 50, 25, 5)]
    return [rounder[0], rounder[1] & ~rounder[0], rounder[2] & ~rounder[1], rounder[3] & ~rounder[2]]


def _mean_strike(side: object) -> float:
    return float((side["strike"] * side["open_interest"]).sum() / side["open_interest"].sum())  # type: ignore[index]


def test_solved_vols_are_the_surface(chain: Chain) -> None:
    vols = chain.shared_vols
    solved = vols[(vols["vol_source"] == "quote") & (vols["kind"] == "call")]
    assert len(solved) > 50
    errors = []
    for (days, _), rows in solved.groupby(["expiry_days", "root"], observed=True):
        time_to_expiry = days / 252.0
        forward = SPOT * np.exp((RATE - DIVIDEND_YIELD) * time_to_expiry)
        total_vol = at_the_money_vol(time_to_expiry) * np.sqrt(time_to_expiry)
        truth = ssvi(np.log(rows["strike"].to_numpy() / forward), total_vol, time_to_expiry)
        errors.extend(rows["shared_vol"].to_numpy() / truth - 1.0)
    assert np.median(np.abs(errors)) < 0.01


def test_the_surface_has_skew_and_no_calendar_arbitrage() -> None:
    log_moneyness = np.linspace(-0.6, 0.6, 61)
    earlier = np.zeros(61)
    for days in (1, 2, 5, 21, 63, 126, 252, 504):
        time_to_expiry = days / 252.0
        total_vol = at_the_money_vol(time_to_expiry) * np.sqrt(time_to_expiry)
        vol = ssvi(log_moneyness, total_vol, time_to_expiry)
        assert vol[30] == pytest.approx(at_the_money_vol(time_to_expiry))
        assert vol[20] > vol[30]
        assert (vol**2 * time_to_expiry >= earlier).all()
        earlier = vol**2 * time_to_expiry
