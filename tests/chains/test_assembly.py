"""What is set aside and why; every option of the file is accounted for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.book import Book
from simhedge.chains import Chain, read_chain
from simhedge.errors import InputError

Option = Callable[..., dict[str, Any]]
TableChain = Callable[..., Chain]
Writer = Callable[..., Path]
Line = Callable[..., str]

NO_VOL = "0,0,0,0,0,0,0,0,7"
NO_INTEREST = "1,0,1.9,2.1,5,0.2,0.5,0.04,0"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(80, 120),
            st.sampled_from(["221212", "221213", "221216", "230120"]),
            st.sampled_from(["SPX", "SPXW", "SPX1", "2SPX"]),
            st.sampled_from([NO_VOL, "1,0,1.9,2.1,5,0.2,0.5,0.04,10", "1,0,1,2,5,0.2,0.5,0.04,0"]),
        ),
        max_size=12,
    )
)
def test_every_option_is_accounted_for(chain_file: Writer, line: Line, rows: list[tuple[int, str, str, str]]) -> None:
    lines = [line(strike, expiry, root, call) for strike, expiry, root, call in rows]
    chain = read_chain(chain_file(line(expiry="230317"), *lines))
    report = chain.report
    assert report.rows_read == 2 * (len(rows) + 1)
    assert report.rows_read == report.rows_used + report.rows_without_open_interest + sum(report.dropped.values())
    assert report.dropped.keys() == report.dropped_open_interest.keys()
    assert report.rows_used == (chain.table["open_interest"] > 0.0).sum()
    seen = chain.book_report
    assert seen.rows_read == seen.rows_used + seen.rows_without_open_interest + sum(seen.dropped.values())
    assert seen.dropped.keys() == seen.dropped_open_interest.keys()
    held = Book.from_chain(chain, sign={"calls": 1, "puts": 1}).contracts
    assert held.size == seen.rows_used
    assert (chain.expiry_days > 0).all()


def test_reasons_with_their_open_interest(chain_file: Writer, line: Line) -> None:
    chain = read_chain(
        chain_file(
            line(),
            line(),
            line(expiry="221212"),
            line(root="AMD1"),
            line(root="4SPX"),
            line(115.0, call=NO_VOL, put=NO_VOL),
        )
    )
    assert chain.report.dropped == {
        "expired": 2,
        "adjusted root, other deliverable": 2,
        "FLEX root": 2,
        "listed twice": 2,
    }
    assert chain.report.dropped_open_interest == dict.fromkeys(chain.report.dropped, 30.0)
    assert len(chain.table) == chain.report.rows_used == 4  # options without implied vol stay in the table
    assert "dropped 2: expired (open interest 30)" in chain.report.summary()
    assert chain.report.as_dict()["rows_used"] == 4


def test_am_and_pm_of_one_date_stay_apart(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(root="SPX"), line(root="SPXW")))
    assert chain.table["settlement"].tolist() == ["am", "am", "pm", "pm"]
    assert chain.expiry_days.tolist() == [3.0, 3.0, 4.0, 4.0]
    assert chain.table["expiry"].dt.strftime("%m-%d %H:%M").tolist() == ["12-16 09:30"] * 2 + ["12-16 16:00"] * 2


def test_an_option_settled_at_the_first_open_has_expired(chain_file: Writer, line: Line) -> None:
    lines = line(root="SPX", expiry="221213"), line(root="SPXW", expiry="221213")
    chain = read_chain(chain_file(*lines), quote_time="2022-12-13 09:30")
    assert chain.report.dropped == {"expired": 2}
    assert chain.table["root"].unique().tolist() == ["SPXW"]
    assert chain.expiry_days.tolist() == [1.0, 1.0]


def test_an_option_alive_that_settles_at_the_next_open_is_no_use_to_a_simulation(
    chain_file: Writer, line: Line
) -> None:
    lines = line(root="SPX", expiry="221213"), line(root="SPXW", expiry="221213")
    chain = read_chain(chain_file(*lines))
    assert chain.report.dropped == {}
    assert chain.table["root"].unique().tolist() == ["SPX", "SPXW"]
    assert chain.expiry_days.tolist() == [1.0, 1.0]
    assert chain.book_report.dropped == {"expires before the clock starts": 2}


def test_one_root_asked_for(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(root="SPX"), line(root="SPXW"), line(root="SPXW", expiry="221212"), line(root="SPX1"))
    chain = read_chain(path, root="SPXW")
    assert chain.table["root"].unique().tolist() == ["SPXW"]
    assert chain.report.dropped == {"expired": 2, "other root": 4}
    assert chain.report.dropped_open_interest["other root"] == 60.0
    assert chain.symbol == "SPX"


@pytest.mark.parametrize("asked", ["SPX,SPXW", "spxw, spx", " SPXW ,,SPX,"])
def test_several_roots_asked_for(chain_file: Writer, line: Line, asked: str) -> None:
    chain = read_chain(chain_file(line(root="SPX"), line(root="SPXW"), line(root="SPXQ")), root=asked)
    assert chain.table["root"].unique().tolist() == ["SPX", "SPXW"]
    assert chain.report.warnings == []


def test_an_unknown_root_is_refused_with_the_list(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(root="SPX"), line(root="SPXW"))
    with pytest.raises(InputError, match="no option has this root") as caught:
        read_chain(path, root="SPXW,RUT")
    assert (caught.value.file, caught.value.key, caught.value.value) == (str(path), "root", "RUT")
    assert caught.value.remedy == "roots in the file: SPX, SPXW"
    with pytest.raises(InputError) as caught:
        read_chain(path, root=" , ")
    assert caught.value.key == "root"


def test_adjusted_and_flex_roots_stay_where_they_are_asked_for(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(root="AMD"), line(root="AMD1"), line(root="4AMD"))
    assert read_chain(path).table["root"].unique().tolist() == ["AMD"]
    chain = read_chain(path, root="AMD1")
    assert chain.table["root"].unique().tolist() == ["AMD1"]
    assert chain.report.dropped == {"other root": 4}
    assert read_chain(path, root="4AMD,AMD1").report.rows_used == 4


def test_expired_options_are_kept_on_request(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(expiry="221212"), line(expiry="221209"), line())
    assert read_chain(path).report.dropped == {"expired": 4}
    chain = read_chain(path, keep_expired=True)
    assert chain.report.dropped == {}
    assert chain.report.rows_used == 6
    assert chain.listing().expiries == ("2022-12-09", "2022-12-12", "2022-12-16")
    assert chain.book_report.dropped == {"expires before the clock starts": 4}
    assert chain.expiry_days.tolist() == [4.0, 4.0]


def test_the_settlement_column_comes_before_the_root(option: Option, table_chain: TableChain) -> None:
    rows = [
        option("call", strike, root="SPX", settlement=said) for strike, said in ((95, "pm"), (100, "am"), (105, ""))
    ]
    rows += [option("put", 95, root="SPXW", settlement="AM"), option("put", 100, root="SPXW", settlement=None)]
    table = table_chain(*rows).table
    assert table["settlement"].tolist() == ["pm", "am", "am", "am", "pm"]
    at_the_open = [moment.hour == 9 for moment in table["expiry"]]
    assert at_the_open == [False, True, True, True, False]


@pytest.mark.parametrize(
    "cells",
    [
        {"bid": 1e16},
        {"ask": 1e300},
        {"open_interest": 1e200},
        {"implied_vol": 1e20},
        {"gamma": -1e17},
        {"forward": 1e-12},
        {"multiplier": 1e-200},
    ],
)
def test_numbers_that_would_overflow_are_refused(
    option: Option, table_chain: TableChain, cells: dict[str, float]
) -> None:
    with pytest.raises(InputError, match="must lie") as caught:
        table_chain(option("call", 100), option("put", 100, **cells), option("put", 90))
    assert (caught.value.line, caught.value.key) == (2, next(iter(cells)))
    assert caught.value.remedy


def test_holidays_beyond_the_known_calendar_are_told(tmp_path: Path) -> None:
    path = tmp_path / "nse.json"
    path.write_text(nse_text("27-Dec-2024"))
    assert not any("holidays" in told for told in read_chain(path).report.warnings)
    path.write_text(nse_text("27-Dec-2024", "24-Dec-2043"))
    chain = read_chain(path)
    assert any("every weekday counts as a session" in told for told in chain.report.warnings)
    assert len(chain.table) == 2


def nse_text(*expiries: str) -> str:
    cell = {"underlying": "NIFTY", "openInterest": 5, "impliedVolatility": 14.0, "bidprice": 9.0, "askPrice": 10.0}
    rows = [{"strikePrice": 23000, "expiryDate": day, "CE": cell} for day in expiries]
    beside = {"timestamp": "16-Dec-2024 15:30:00", "underlyingValue": 23010.5}
    return json.dumps({"records": {"data": rows} | beside})


def test_a_second_underlying_is_told(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(), line(110), line(root="GME")))
    assert chain.symbol == "SPX"
    assert "GME" in chain.report.warnings[0]


@pytest.mark.parametrize("change", [{"expiry": "221201"}, {"root": "SPY7"}, {"call": NO_INTEREST, "put": NO_INTEREST}])
def test_a_chain_without_usable_option(chain_file: Writer, line: Line, change: dict[str, str]) -> None:
    path = chain_file(line(**change))
    with pytest.raises(InputError, match="no option with open interest among the 2 read") as caught:
        read_chain(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy


def test_dates_beyond_the_calendar_name_file_and_line(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(), line(expiry="650116"))
    with pytest.raises(InputError, match="calendar") as caught:
        read_chain(path)
    assert (caught.value.file, caught.value.line) == (str(path), 6)
    with pytest.raises(InputError, match="calendar") as caught:
        read_chain(path, quote_time="1950-01-01 12:00")
    assert caught.value.file == str(path)


def test_vols_in_per_cent_become_decimals_and_are_counted(chain_file: Writer, line: Line) -> None:
    """In every format; what expires at once, or lies far from the money, proves nothing."""
    cells = {"call": "1,0,1.9,2.1,5,20.5,0.5,0.04,10", "put": "1,0,1.9,2.1,5,22.5,-0.5,0.04,20"}
    chain = read_chain(chain_file(line(**cells), line(105, **cells)))
    assert sorted(chain.table["implied_vol"]) == [0.205, 0.205, 0.225, 0.225]
    assert "per cent" in chain.report.warnings[0]
    assert chain.report.repaired == {"implied vol in per cent": 4}
    for proof_of_nothing in ({"expiry": "221213"}, {"strike": 160.0}):
        chain = read_chain(chain_file(line(**(cells | proof_of_nothing))))
        assert sorted(chain.table["implied_vol"]) == [20.5, 22.5]
        assert "implied vol in per cent" not in chain.report.repaired


def test_strikes_far_from_the_spot_are_told(chain_file: Writer, line: Line) -> None:
    assert read_chain(chain_file(line(), line(110))).report.warnings == []
    for spot in (10.0, 1000.0):
        assert "nowhere near the spot" in read_chain(chain_file(line(), line(110)), spot=spot).report.warnings[-1]


def test_options_of_one_root_that_settle_differently_are_two() -> None:
    """Tables without option symbols tell SPX from SPXW by the settlement alone."""
    rows = [
        {"underlying": "SPX", "expiry": "2022-12-16", "kind": kind, "strike": 100.0, "open_interest": interest}
        | {"bid": 1.9, "ask": 2.1, "volume": 5.0, "implied_vol": 0.2, "am_settlement": am}
        for kind in ("C", "P")
        for am, interest in ((1, 10.0), (0, 30.0))
    ]
    chain = read_chain(pd.DataFrame(rows), spot=100.0, quote_time="2022-12-12 20:30")
    assert chain.report.dropped == {}
    assert sorted(zip(chain.table["settlement"], chain.table["open_interest"], strict=True)) == [
        *[("am", 10.0)] * 2,
        *[("pm", 30.0)] * 2,
    ]
    twice = pd.DataFrame([*rows, rows[0]])
    assert read_chain(twice, spot=100.0, quote_time="2022-12-12 20:30").report.dropped == {"listed twice": 1}


def test_gammas_with_a_sign_are_refused_and_a_stray_one_is_not_known(chain_file: Writer, line: Line) -> None:
    signed = line(put="1,0,1.9,2.1,5,0.2,-0.5,-0.04,20")
    with pytest.raises(InputError, match="negative gammas") as caught:
        read_chain(chain_file(line(), signed.replace("100.00", "110.00").replace("00100000", "00110000")))
    assert (caught.value.line, caught.value.key, caught.value.value) == (6, "gamma", -0.04)
    others = [line(100.0 + k) for k in range(1, 60)]
    chain = read_chain(chain_file(signed, *others))
    assert chain.report.repaired == {"negative gamma read as none": 1}
    assert chain.table["gamma"].isna().sum() == 1


def test_an_option_listed_again_with_other_numbers_is_told(chain_file: Writer, line: Line) -> None:
    """Tables that name SPX and SPXW alike lose half of their options so."""
    same = read_chain(chain_file(line(), line()))
    assert (same.report.dropped, same.report.warnings) == ({"listed twice": 2}, [])
    other = read_chain(chain_file(line(), line(call="1,0,1.9,2.1,5,0.2,0.5,0.04,99")))
    assert other.report.dropped == {"listed twice": 2}
    assert other.report.warnings[0].startswith("1 rows list an option again with another open interest")
