"""Dates and moments in columns: spellings, zones, day or month first, and the one moment of a table's quotes."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.calendar import NEW_YORK
from simhedge.chains.formats.column_times import TIME_COLUMNS, Snapshot, expiry_dates, is_day_first, snapshot
from simhedge.chains.formats.columns import Sheet, locate, sheet_of_table, spellings
from simhedge.chains.table import Request
from simhedge.errors import InputError

KNOWN = TIME_COLUMNS | {"expiry": spellings("expiration")}
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))


def sheet_of(**columns: object) -> Sheet:
    return sheet_of_table(pd.DataFrame(columns), KNOWN, "DataFrame")


def expiries(*cells: object) -> list[str]:
    sheet = sheet_of(expiration=list(cells), updated=1)
    return [str(day)[:10] for day in expiry_dates(sheet, 0, is_day_first(sheet, 0))]


def seen(asked: str | None = None, wanted: list[bool] | None = None, **columns: object) -> Snapshot:
    sheet = sheet_of(**columns)
    rows = np.ones(len(sheet.line), dtype=np.bool_) if wanted is None else np.array(wanted)
    moment = None if asked is None else pd.Timestamp(asked, tz=NEW_YORK)
    return snapshot(sheet, locate(sheet, KNOWN), rows, Request("DataFrame", quote_time=moment))


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(DAYS, min_size=1, max_size=6),
    style=st.sampled_from(
        ["%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y-%m-%d 00:00:00", "%Y-%m-%dT16:00:00-05:00", "%d.%m.%Y"]
    )
    | st.sampled_from(["%d-%b-%Y", "%d%b%Y", "%b %d, %Y", "%a %b %d %Y", "%B %d %Y"]),
)
def test_any_spelling_names_the_same_days(days: list[date], style: str) -> None:
    assert expiries(*(day.strftime(style) for day in days)) == [day.isoformat() for day in days]


@settings(max_examples=60, deadline=None)
@given(days=st.lists(DAYS, min_size=1, max_size=6), style=st.sampled_from(["%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y"]))
def test_dates_in_numbers_are_right_or_refused(days: list[date], style: str) -> None:
    written = [day.strftime(style) for day in days]
    if any(day.day > 12 for day in days) or all(day.day == day.month for day in days):
        assert expiries(*written) == [day.isoformat() for day in days]
    else:
        with pytest.raises(InputError, match="day or month first"):
            expiries(*written)


@pytest.mark.parametrize(
    "cells",
    [
        [date(2025, 12, 19)],
        [datetime(2025, 12, 19, 16)],
        [pd.Timestamp("2025-12-19", tz="UTC")],
        [20251219],
        [20251219.0],
        [1766178000],  # seconds, 16:00 in New York
        [1766178000000],
        ["12/19/25"],
        ["19DEC25"],
    ],
)
def test_other_types_of_dates(cells: list[object]) -> None:
    assert expiries(*cells) == ["2025-12-19"]


@pytest.mark.parametrize(
    "cell", ["", None, "soon", "2025-02-30", "20251301", "13/13/2025", 7, -20251219, 1e30, "²", "0000-01-01", "19XXX25"]
)
def test_cells_that_are_no_date(cell: object) -> None:
    with pytest.raises(InputError) as caught:
        expiries("2025-12-19", "2025-12-19" if isinstance(cell, str) else None, cell)
    assert caught.value.key == "expiration"
    assert caught.value.line in (2, 3)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2025-09-25 15:45:00", "2025-09-25 15:45:00-04:00"),
        ("2025-09-25T19:45:00Z", "2025-09-25 15:45:00-04:00"),
        ("2025-09-25 14:45:00-05:00", "2025-09-25 15:45:00-04:00"),
        ("09/25/2025 3:45 PM", "2025-09-25 15:45:00-04:00"),
        ("Sep 25, 2025 15:45", "2025-09-25 15:45:00-04:00"),
        ("25 September 2025 at 3:45 PM EST", "2025-09-25 15:45:00-04:00"),
        ("2025-01-24 20:45:00 UTC", "2025-01-24 15:45:00-05:00"),
        (1758829500, "2025-09-25 15:45:00-04:00"),
        ("1758829500000", "2025-09-25 15:45:00-04:00"),
        (pd.Timestamp("2025-09-25 19:45", tz="UTC"), "2025-09-25 15:45:00-04:00"),
        (pd.Timestamp("2025-09-25 15:45"), "2025-09-25 15:45:00-04:00"),
    ],
)
def test_moments(cell: object, moment: str) -> None:
    found = seen(quote_datetime=[cell, cell])
    assert str(found.quote_time) == moment
    assert (found.moments, found.own, found.dropped) == (1, True, {})
    has_zone = any(zone in str(cell) for zone in ("Z", "-05:00", "+00:00", "EST", "UTC", "17588"))
    assert bool(found.warnings) is not has_zone


@pytest.mark.parametrize("cell", ["2025-09-25", 20250925, date(2025, 9, 25), pd.Timestamp("2025-09-25")])
def test_a_date_is_the_afternoon_of_that_day(cell: object) -> None:
    found = seen(quote_date=[cell])
    assert str(found.quote_time) == "2025-09-25 16:15:00-04:00"
    assert "16:15" in found.warnings[0]


def test_a_column_with_the_time_of_day() -> None:
    assert str(seen(quote_date=["2025-09-25"], quote_time=["15:45:00"]).quote_time) == "2025-09-25 15:45:00-04:00"
    assert str(seen(date=[20250925], ms_of_day=[34_200_000]).quote_time) == "2025-09-25 09:30:00-04:00"


def test_several_dates_are_refused_or_chosen_from() -> None:
    columns = {"quote_date": ["2025-09-24", "2025-09-25", "2025-09-25", "2025-09-26"]}
    with pytest.raises(InputError, match="3 quote dates in one table, 2025-09-24 to 2025-09-26") as caught:
        seen(**columns)
    assert (caught.value.line, caught.value.key) == (2, "quote_date")
    assert "--quote-time" in str(caught.value.remedy)
    found = seen("2025-09-25", **columns)
    assert found.chosen.tolist() == [False, True, True, False]
    assert str(found.quote_time) == "2025-09-25 16:15:00-04:00"
    assert found.dropped == {"other quote date or time": 2}
    assert str(seen("2025-09-25 15:00", **columns).quote_time) == "2025-09-25 15:00:00-04:00"
    with pytest.raises(InputError, match="quoted on this date"):
        seen("2025-09-27", **columns)
    assert seen(wanted=[False, True, True, False], **columns).quote_time.day == 25


def test_a_moment_of_the_table_chooses_its_rows() -> None:
    columns = {"quote_datetime": ["2025-09-25 10:00", "2025-09-25 11:00"]}
    assert seen(**columns).moments == 2
    found = seen("2025-09-25 10:00", **columns)
    assert (found.chosen.tolist(), found.moments) == ([True, False], 1)
    assert str(found.quote_time) == "2025-09-25 10:00:00-04:00"


def test_what_is_asked_for_counts() -> None:
    assert str(seen("2025-09-25 12:00", quote_date=["2025-09-25"]).quote_time) == "2025-09-25 12:00:00-04:00"
    assert str(seen("2025-09-26 12:00", quote_date=["2025-09-25"]).quote_time) == "2025-09-26 12:00:00-04:00"
    assert seen("2025-09-26 12:00", quote_date=["garbled"]).warnings
    assert str(seen("2025-09-26 12:00", expiration=["x"]).quote_time) == "2025-09-26 12:00:00-04:00"


def test_the_latest_update_is_the_last_resort() -> None:
    found = seen(updated=["2025-09-25 19:00:00+00:00", None, "2025-09-24 19:00:00+00:00"])
    assert str(found.quote_time) == "2025-09-25 15:00:00-04:00"
    assert (found.own, len(found.warnings)) == (False, 1)
    for columns in ({"updated": [None, None]}, {"expiration": ["2025-09-25"]}, {"quote_date": ["", ""]}):
        with pytest.raises(InputError, match="when the options were quoted") as caught:
            seen(**columns)
        assert "--quote-time" in str(caught.value.remedy)


@pytest.mark.parametrize("cell", ["yesterday", "2025-13-01 10:00", "0001-01-01 00:00:00+05:00", "9999-12-31", "25:61"])
def test_unreadable_moments(cell: str) -> None:
    with pytest.raises(InputError) as caught:
        seen(quote_datetime=["2025-09-25 10:00", cell])
    assert (caught.value.line, caught.value.key) == (2, "quote_datetime")


@pytest.mark.parametrize("milliseconds", [-1, 86_400_000, 1e300])
def test_times_beyond_the_day(milliseconds: float) -> None:
    with pytest.raises(InputError, match="not a time of day") as caught:
        seen(date=["2025-09-25"], ms_of_day=[milliseconds])
    assert caught.value.key == "ms_of_day"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=24) | st.floats() | st.integers() | st.none() | st.times() | st.dates(), max_size=4))
def test_anything_gives_a_moment_or_an_input_error(cells: list[object]) -> None:
    columns = {"quote_date": pd.Series(cells, dtype="object")}
    try:
        found: Snapshot | InputError = seen(**columns)
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert found.remedy
    else:
        assert found.quote_time.tzinfo is not None
        assert 1900 <= found.quote_time.year <= 2200
