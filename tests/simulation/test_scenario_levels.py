"""`levels:` of a scenario: what is computed, from whose open interest, when, and that it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario

import simhedge as sh
from simhedge.levels import DEFINITION_NAMES, Sign, levels_of
from simhedge.levels.find import Conventions


def with_levels(tree: dict[str, Any], **levels: Any) -> sh.Result:
    return sh.run(sh.scenario_from_dict(tree | {"levels": levels}), threads=1)


def plain(record: int | None = 4, **market: Any) -> dict[str, Any]:
    clearing = CLEARINGS["simultaneous"]
    return one_dealer(mixed_book(), POLICIES["continuous"], clearing, record=record, **market)


def listing(spot: float, elapsed: float) -> Any:
    """The open interest of the mixed book as the levels must see it: unsigned contracts."""
    book = sh.Book(
        is_call=np.array([True, True, False, False]),
        strike=np.array([100.0, 103.0, 97.0, 99.0]),
        expiry_days=np.array([3.0, 10.0, 10.0, 3.0]),
        contracts=np.array([50_000.0, 30_000.0, 20_000.0, 5_000.0]),
        multiplier=np.full(4, 100.0),
        implied_vol=np.array([0.2, 0.22, 0.25, 0.2]),
    )
    from simhedge.book import Listing

    return Listing.from_book(book, sh.MarketState(spot, elapsed_days=elapsed))


def expected(spot: float, elapsed: float, sign: str = "calls=1,puts=-1") -> Any:
    return levels_of(listing(spot, elapsed), Conventions(sign=Sign.parse(sign), definitions=()))


def test_without_the_block_there_are_none() -> None:
    result = sh.run(sh.scenario_from_dict(plain()), threads=1)
    assert result.levels is None
    assert "levels" not in result.as_json()


def test_what_dealers_reckon_with_adds_no_open_interest() -> None:
    """Books derived for a policy are nobody's holding: levels and warnings are those of the books written."""
    plain_levels = with_levels(plain(), definitions=["all"])
    for policy in (POLICIES["leland"], POLICIES["stop_loss"]):
        tree = plain()
        tree["dealers"][0]["policy"] = policy
        result = with_levels(tree, definitions=["all"])
        assert result.levels is not None
        assert result.levels.equals(plain_levels.levels)
        assert result.warnings == plain_levels.warnings


def test_levels_at_the_start_are_those_of_the_unsigned_open_interest() -> None:
    result = with_levels(plain(), definitions=["simhedge", "spotgamma"])
    assert result.levels is not None
    assert dict(result.levels.sizes) == {"day": 1, "definition": 2}
    own = result.levels.sel(definition="simhedge").isel(day=0)
    levels = expected(100.0, 0.0)
    assert float(own["zero_gamma"]) == pytest.approx(levels.zero_gamma.headline, rel=1e-12)
    assert (float(own["call_wall"]), float(own["put_wall"])) == levels.walls
    assert float(own["net_gamma"]) == pytest.approx(levels.exposure_legs()["gamma"].net, rel=1e-12)
    assert np.isnan(result.levels.sel(definition="spotgamma")["zero_gamma"]).all()
    assert result.as_json()["levels"]["spotgamma"]["zero_gamma"] is None
    assert result.as_json()["levels"]["simhedge"]["unit"] == "usd_per_1pct"


def test_the_assumed_sign_is_apart_from_the_dealers_own() -> None:
    usual, opposite = (
        with_levels(plain(), definitions=["simhedge", "floe"], sign=sign)
        for sign in ({"calls": 1.0, "puts": -1.0}, {"calls": -1.0, "puts": 1.0})
    )
    assert usual.levels is not None
    assert opposite.levels is not None
    np.testing.assert_allclose(opposite.levels["net_gamma"], -usual.levels["net_gamma"], rtol=1e-12)
    np.testing.assert_allclose(
        opposite.levels.sel(definition="simhedge")["zero_gamma"], usual.levels.sel(definition="simhedge")["zero_gamma"]
    )
    assert usual.summary.equals(opposite.summary)
    only_calls = with_levels(plain(), definitions=["simhedge"], sign={"calls": 1.0, "puts": 0.0})
    assert only_calls.levels is not None
    net = expected(100.0, 0.0, "calls=1,puts=0").exposure_legs()["gamma"].net
    assert float(only_calls.levels["net_gamma"].item()) == pytest.approx(net, rel=1e-12)


def test_daily_levels_are_at_each_recorded_paths_price_with_the_aged_book() -> None:
    result = with_levels(plain(record=3), definitions=["simhedge", "gflows"], daily=True)
    assert result.levels is not None
    assert result.paths is not None
    assert dict(result.levels.sizes) == {"path": 3, "day": 5, "definition": 2}
    per_day = result.paths.attrs["steps_per_day"]
    for path, day in ((0, 0), (1, 2), (2, 4)):
        spot = float(result.paths["spot"].sel(path=path, step=day * per_day))
        levels = expected(spot, float(day))
        own = result.levels.sel(path=path, day=day, definition="simhedge")
        assert float(own["zero_gamma"]) == pytest.approx(levels.zero_gamma.headline, rel=1e-9)
        assert (float(own["call_wall"]), float(own["put_wall"])) == levels.walls
    assert (result.levels["net_gamma"].isel(day=3) != result.levels["net_gamma"].isel(day=2)).all()


def test_a_day_without_a_live_option_has_no_levels() -> None:
    tree = one_dealer(
        [option("call", 100.0, 2, 10_000.0)], POLICIES["continuous"], CLEARINGS["lagged"], record=1, days=4
    )
    levels = with_levels(tree, definitions=["simhedge"], daily=True).levels
    assert levels is not None
    assert np.isfinite(levels["net_gamma"].values[0, :, 0]).tolist() == [True, True, False, False]


def test_daily_levels_without_records_are_those_of_the_start() -> None:
    levels = with_levels(plain(record=None), definitions=["simhedge"], daily=True).levels
    assert levels is not None
    assert dict(levels.sizes) == {"day": 1, "definition": 1}


def test_open_interest_of_all_books_counts_once() -> None:
    two = scenario(
        {"calls": [option("call", 102.0, 5, 1_000.0)], "puts": [option("put", 98.0, 5, -2_000.0)]},
        [dealer(POLICIES["continuous"], "a", "calls", count=3), dealer(POLICIES["none"], "b", "puts")],
        clearing=CLEARINGS["lagged"],
    )
    levels = with_levels(two, definitions=["simhedge"]).levels
    assert levels is not None
    one = scenario(
        {"both": [option("call", 102.0, 5, -1_000.0), option("put", 98.0, 5, 2_000.0)]},
        [dealer(POLICIES["continuous"], "a", "both")],
        clearing=CLEARINGS["lagged"],
    )
    same = with_levels(one, definitions=["simhedge"]).levels
    assert same is not None
    assert levels.equals(same)


def test_all_definitions_by_one_word_and_saved(tmp_path: Path) -> None:
    result = with_levels(plain(), definitions=["all"], daily=True)
    assert result.levels is not None
    assert list(result.levels["definition"].values) == list(DEFINITION_NAMES)
    result.save(tmp_path / "run")
    again = sh.load_result(tmp_path / "run")
    assert again.levels is not None
    assert again.levels.equals(result.levels)
    assert again.as_json()["levels"] == result.as_json()["levels"]


def test_a_chains_whole_open_interest_counts_whatever_the_dealers_share(tmp_path: Path) -> None:
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], paths=2, days=1, record=None)
    chain = Path(__file__).parents[2] / "scenarios" / "data" / "spx_like_quotedata.csv"
    del tree["market"]["spot"]
    tree["market"] |= {"fundamental": {"type": "gbm", "volatility": 0.2}, "adv_shares": 1e9}
    nets = []
    for share in (1.0, 0.1):
        tree["books"] = {"book": {"from_chain": str(chain), "sign": {"calls": share, "puts": -share}}}
        levels = with_levels(tree, definitions=["squeezemetrics"]).levels
        assert levels is not None
        nets.append(float(levels["net_gamma"].item()))
    assert nets[0] == nets[1] != 0.0


def test_a_definition_listed_twice_is_refused() -> None:
    with pytest.raises(sh.InputError, match="listed twice"):
        with_levels(plain(), definitions=["gflows", "gflows"])


YAHOO = """contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,volume,openInterest,impliedVolatility
XYZ240719C00100000,2024-06-14 19:59:00+00:00,100,3.1,3.0,3.2,10,1000,0.25
XYZ240719P00095000,2024-06-14 19:58:00+00:00,95,1.1,1.0,1.2,10,2000,0.3
ABC240719P00095000,2024-06-14 19:58:00+00:00,95,1.1,1.0,1.2,10,500,0.3
"""


def chain_scenario(file: Path, **book: Any) -> dict[str, Any]:
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["lagged"], paths=2, days=1, record=None)
    tree["books"] = {"book": {"from_chain": str(file), **book}}
    return tree


def test_a_chain_without_spot_takes_the_markets(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_text(YAHOO)
    levels = with_levels(chain_scenario(file, root="XYZ"), definitions=["simhedge"]).levels
    assert levels is not None
    assert float(levels["call_wall"].item()) == 100.0
    tree = chain_scenario(file, root="XYZ")
    del tree["market"]["spot"]
    with pytest.raises(sh.InputError, match=r"give market\.spot") as caught:
        sh.run(sh.scenario_from_dict(tree))
    assert caught.value.key == "books.book.from_chain"


def test_root_and_quote_time_of_a_chain_book_reach_the_reader(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_text(YAHOO)
    with pytest.raises(sh.InputError, match="root") as caught:
        sh.run(sh.scenario_from_dict(chain_scenario(file, root="NDX")))
    assert caught.value.key == "books.book.root"
    with pytest.raises(sh.InputError, match="expired"):
        sh.run(sh.scenario_from_dict(chain_scenario(file, root="XYZ", quote_time="2024-08-01 10:00")))
