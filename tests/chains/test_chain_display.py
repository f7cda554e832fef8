"""A chain shown in a notebook: short however long it is, from its table alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from html_tables import assert_fit_for_every_reader, forbid_work, read_html
from small_chain import CALL_INTEREST, PUT_INTEREST, small_chain

from simhedge.chains import Chain, read_chain
from simhedge.chains.chain_display import EXPIRIES_SHOWN

LARGE = Path(__file__).parents[2] / "scenarios/data/spx_like_quotedata.csv"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def small(tmp_path: Path) -> Chain:
    (tmp_path / "small.csv").write_bytes(small_chain())
    return read_chain(tmp_path / "small.csv")


@pytest.fixture(scope="module")
def large() -> Chain:
    return read_chain(LARGE)


def test_an_expiry_is_a_row(small: Chain) -> None:
    html = small._repr_html_()
    table = read_html(html).tables[0]
    assert (
        table.caption
        == f"{small.symbol} 100 · Example Index · 2022-12-12 10:30 EST, delayed 15 min · 10 options · " + (small.format)
    )
    assert table.columns == [
        "expiry", "sessions to it", "options", "strikes, $", "call open interest", "put open interest",
    ]  # fmt: skip
    interest = [str(sum(CALL_INTEREST)), str(sum(PUT_INTEREST))]
    assert table.rows == {"2022-12-16 pm": ["4", "10", "90 to 110", *interest]}
    assert_fit_for_every_reader(html)


def test_settlements_of_one_date_are_apart(large: Chain) -> None:
    rows = read_html(large._repr_html_()).tables[0].rows
    assert {"2024-06-21 am", "2024-06-21 pm"} <= set(rows)


def test_a_large_chain_gives_a_short_table(large: Chain) -> None:
    table = read_html(large._repr_html_()).tables[0]
    expiries = len(large.table.groupby(["expiry", "settlement"]))
    assert len(large.table) > 4_000
    assert len(table.body) == EXPIRIES_SHOWN
    assert table.body[-1] == [f"and {expiries - EXPIRIES_SHOWN + 1} more"]


def test_what_was_read_is_told(large: Chain) -> None:
    text = read_html(large._repr_html_()).text
    assert large.report.summary() in text
    assert "a chain does not say which side dealers are on" in text


def test_text_of_a_file_cannot_leave_its_place(small: Chain) -> None:
    report = replace(small.report, warnings=[HOSTILE], dropped={HOSTILE: 1}, dropped_open_interest={HOSTILE: 1.0})
    table = small.table.assign(settlement=HOSTILE)
    html = replace(small, symbol=HOSTILE, name=HOSTILE, format=HOSTILE, table=table, report=report)._repr_html_()
    assert read_html(html).text.count(HOSTILE) == 6
    assert "<img" not in html


def test_the_repr_is_one_short_line(small: Chain, large: Chain) -> None:
    assert repr(small) == (
        f"<Chain '{small.symbol} 100' 2022-12-12 10:30 EST, delayed 15 min: 10 options on 1 expiry date, "
        "open interest 235 contracts>"
    )
    assert len(repr(large)) < 200
    assert len(repr(replace(small, symbol="two\nlines")).splitlines()) == 1


def test_nothing_is_read_or_solved_to_show_it(large: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_work(monkeypatch)
    assert "4,200 options" in repr(large)
    assert "and 24 more" in large._repr_html_()
