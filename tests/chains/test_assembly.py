"""What is set aside and why; every option of the file is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.book import Book
from simhedge.chains import read_chain
from simhedge.chains.table import TABLE_COLUMNS
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]

NO_VOL = "0,0,0,0,0,0,0,0,7"


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
    held = Book.from_chain(chain, sign={"calls": 1, "puts": 1}).contracts
    assert held.size == report.rows_used
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
        "no implied vol": 2,
    }
    assert chain.report.dropped_open_interest["no implied vol"] == 14.0
    assert chain.report.dropped_open_interest["expired"] == 30.0
    assert len(chain.table) == 4  # options without implied vol stay in the table
    assert "dropped 2: expired (open interest 30)" in chain.report.summary()
    assert chain.report.as_dict()["rows_used"] == 2


def test_am_and_pm_of_one_date_stay_apart(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(root="SPX"), line(root="SPXW")))
    assert chain.table["settlement"].tolist() == ["am", "am", "pm", "pm"]
    assert chain.expiry_days.tolist() == [3.0, 3.0, 4.0, 4.0]
    assert chain.table["expiry"].dt.strftime("%m-%d %H:%M").tolist() == ["12-16 09:30"] * 2 + ["12-16 16:00"] * 2


def test_an_option_settled_at_the_first_open_has_expired(chain_file: Writer, line: Line) -> None:
    lines = line(root="SPX", expiry="221213"), line(root="SPXW", expiry="221213")
    chain = read_chain(chain_file(*lines))
    assert chain.table["root"].unique().tolist() == ["SPXW"]
    assert chain.expiry_days.tolist() == [1.0, 1.0]


def test_vols_solved_are_told(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(101.0, call="1,0,1.9,2.1,5,0,0.5,0.04,10")))
    assert chain.report.repaired == {"implied vol solved from the quote": 2}
    assert chain.implied_vol[0] == chain.implied_vol[1] > 0.0


def test_a_second_underlying_is_told(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(), line(110), line(root="GME")))
    assert chain.symbol == "SPX"
    assert "GME" in chain.report.warnings[0]


@pytest.mark.parametrize("change", [{"expiry": "221201"}, {"root": "SPY7"}, {"call": NO_VOL, "put": NO_VOL}])
def test_a_chain_without_usable_option(chain_file: Writer, line: Line, change: dict[str, str]) -> None:
    with pytest.raises(InputError, match="no usable option among the 2 read") as caught:
        read_chain(chain_file(line(**change)))
    assert caught.value.remedy


def test_dates_beyond_the_calendar_name_file_and_line(chain_file: Writer, line: Line) -> None:
    path = chain_file(line(), line(expiry="650116"))
    with pytest.raises(InputError, match="calendar") as caught:
        read_chain(path)
    assert (caught.value.file, caught.value.line) == (str(path), 6)
    with pytest.raises(InputError, match="calendar") as caught:
        read_chain(path, quote_time="1950-01-01 12:00")
    assert caught.value.file == str(path)


def test_arrays_and_market_state(chain_file: Writer, line: Line) -> None:
    chain = read_chain(chain_file(line(), line(115.0, call=NO_VOL, put=NO_VOL)))
    assert tuple(chain.table.columns) == TABLE_COLUMNS
    for name in ("strike", "expiry_days", "open_interest", "multiplier", "implied_vol"):
        column = getattr(chain, name)
        assert column.shape == chain.is_call.shape == (2,)
        assert column.dtype == np.float64
        assert column.flags.c_contiguous
        assert column.flags.writeable
    market = chain.market_state(rate=0.03, dividend_yield=0.01)
    assert (market.spot, market.rate, market.dividend_yield) == (100.0, 0.03, 0.01)
