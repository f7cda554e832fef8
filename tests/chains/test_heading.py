"""Prices and quote times in the spellings seen in files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.heading import last_price, quote_moment


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Standard & Poors 500 Index,Last: 3990.5601,Change:  56.1801", 3990.5601),
        ('"Index","Last: 3,990.56","Change: 1"', 3990.56),
        ("Index,Last: 3,990.56,Change: 1", 3990.56),
        ("Index,Last: 450,,,,,", 450.0),
        ("Index,LAST: $12.5", 12.5),
        ("Index,Change: 5", None),
        ("Index,Last: ,Change: 5", None),
        ("Index,Last: -5", None),
    ],
)
def test_last_price(text: str, price: float | None) -> None:
    assert last_price(text) == price


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("December 12, 2022 at 8:30 PM EST", "2022-12-12 20:30-05:00"),
        ("June 14, 2024 at 8:30 PM EDT", "2024-06-14 20:30-04:00"),
        ("June 14, 2024 at 8:30 PM EST", "2024-06-14 20:30-04:00"),  # New York's clock, whatever the season's letter
        ("June 14, 2024 at 12:05 AM ET", "2024-06-14 00:05-04:00"),
        ("June 14, 2024 at 12:05 PM ET", "2024-06-14 12:05-04:00"),
        ("Sept. 3 2024, 7:30 PM CDT", "2024-09-03 19:30-05:00"),
        ("2023-09-21 03:17:42 UTC", "2023-09-21 03:17+00:00"),
        ("14 Jul 2022 @ 10:36 ET", "2022-07-14 10:36-04:00"),
    ],
)
def test_quote_moment(text: str, moment: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0].isoformat(sep=" ", timespec="minutes") == moment
    assert found[1] == []


@pytest.mark.parametrize(("text", "day"), [("February 5 2022", "2022-02-05"), ("4 June 2024", "2024-06-04")])
def test_a_bare_date_is_after_the_close_and_says_so(text: str, day: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0].isoformat().startswith(f"{day}T17:00")
    assert "taken as after that day's close" in found[1][0]


@pytest.mark.parametrize("text", ["December 12, 2022 at 8:30 PM", "December 12, 2022 at 8:30 PM XYZ"])
def test_an_unknown_zone_is_new_york_and_says_so(text: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0].isoformat() == "2022-12-12T20:30:00-05:00"
    assert "New York's assumed" in found[1][0]


@pytest.mark.parametrize(
    "text",
    [
        "12 de diciembre de 2022",
        "12 декабря 2022",
        "Decem?er 12, 2022",
        "February 30, 2022",
        "",
        "12/12/2022",
        "May 1, 2022 at 25:10",
    ],
)
def test_what_is_not_a_date(text: str) -> None:
    assert quote_moment(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_heading(text: str) -> None:
    price = last_price(text)
    assert price is None or price >= 0.0
    found = quote_moment(text)
    assert found is None or found[0].tzinfo is not None
