"""Prices and quote times in the spellings seen in files."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.formats.heading import calendar_day, last_price, quote_moment


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
        ("Index;Last: 3990.56;Change: 1", 3990.56),
        ("Index,Last: 3990,56", None),  # decimal commas are not guessed at
        ("Index,Last: 3.990,56", None),
        ("Index,Last: 0,123", None),
        ("Index,Last: 1e5", None),
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


@pytest.mark.parametrize(
    "text",
    [
        "12 de diciembre de 2022, 8:30 p. m. EST",
        "lunes, diciembre 12, 2022 a las 8:30 PM EST",
        "12 декабря 2022 г. в 20:30 EST",
        "декабрь 12, 2022 at 8:30 PM EST",
        "12 äåêàáðÿ 2022 ã., 20:30 EST",  # Russian in its own code page, read as Western
        "12 décembre 2022 à 20h30 EST",
        "12. Dezember 2022 um 20:30 EST",
        "12 dicembre 2022 alle 20:30 EST",
        "12 de dezembro de 2022 às 20:30 EST",
        "12-Dec-2022 20:30 EST",
        "Monday, DECEMBER 12th, 2022 at 8:30\u202fPM EST",
    ],
)
def test_other_languages_and_spellings(text: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert (found[0].isoformat(), found[1]) == ("2022-12-12T20:30:00-05:00", [])


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("5 enero 2022", 1),
        ("5 февраля 2022", 2),
        ("Март 5, 2022", 3),
        ("5 avr. 2022", 4),
        ("5 мая 2022", 5),
        ("май 5, 2022", 5),
        ("1er juin 2022", 6),
        ("5 Juli 2022", 7),
        ("5 AOÛT 2022", 8),
        ("5 aout 2022", 8),
        ("setiembre 5 2022", 9),
        ("5 de outubro de 2022", 10),
        ("5 Ноября 2022", 11),
        ("5 März 2022", 3),
        ("5 marz 2022", 3),
        ("5 mars2 2022", None),
        ("5 abcdecember 2022", None),
    ],
)
def test_months(text: str, month: int | None) -> None:
    day = calendar_day(text)
    assert (None if day is None else day[1]) == month


@pytest.mark.parametrize(("text", "day"), [("February 5 2022", "2022-02-05"), ("4 June 2024", "2024-06-04")])
def test_a_bare_date_is_after_the_close_and_says_so(text: str, day: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0].isoformat().startswith(f"{day}T17:00")
    assert "taken as after that day's close" in found[1][0]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Fri Jun 14 2024 14:15:00 GMT-0400 (Eastern Daylight Time)", "2024-06-14 18:15"),
        ("June 14, 2024 at 2:15 PM UTC+2", "2024-06-14 12:15"),
        ("2024-06-14 14:15 +05:30", "2024-06-14 08:45"),
        ("2024-06-14T14:15-04:00", "2024-06-14 18:15"),
        ("14 June 2024 14:15 CEST", "2024-06-14 12:15"),
        ("June 14, 2024 at 2:15 PM PDT", "2024-06-14 21:15"),
    ],
)
def test_offsets_and_zones_of_the_world_are_honoured(text: str, utc: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0] == pd.Timestamp(utc, tz="UTC")
    assert found[1] == []


@pytest.mark.parametrize("text", ["December 12, 2022 at 8:30 PM", "December 12, 2022 at 8:30 PM XYZ"])
def test_an_unknown_zone_is_new_york_and_says_so(text: str) -> None:
    found = quote_moment(text)
    assert found is not None
    assert found[0].isoformat() == "2022-12-12T20:30:00-05:00"
    assert "New York's assumed" in found[1][0]


@pytest.mark.parametrize(
    "text",
    [
        "12 of Foo 2022",
        "Decem?er 12, 2022",
        "February 30, 2022",
        "",
        "12/12/2022",
        "12.12.2022",
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
