"""Dates and moments in the columns of a table, and the one moment at which its options were quoted."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from simhedge.chains.calendar import NEW_YORK
from simhedge.chains.formats import heading
from simhedge.chains.formats.columns import Sheet, distinct, is_blank, is_dated, numbers, spellings, words
from simhedge.chains.table import GIVE_QUOTE_TIME, Request
from simhedge.errors import InputError

TIME_COLUMNS = {
    "quote_time": spellings(
        "quote_datetime quote_readtime snapshot_time snapshot_datetime captured_at fetched_at as_of",
        "quote_date quote_day data_date snapshot_date as_of_date",
        "quote_time quote_timestamp",
        "timestamp datetime",
        "date",
        "trade_date",
    ),
    "quote_clock": spellings("ms_of_day", "quote_time", "time"),  # time of day beside a date
    # Each row has its own of these: the latest is the nearest that the table tells to the moment of the quotes.
    "last_update": spellings("updated last_updated updated_at last_quote_last_updated quote_unixtime", "bid_date"),
}
AFTER_THE_CLOSE = time(16, 15)
YEARS = 1900, 2200
MILLISECONDS_PER_DAY = 86_400_000.0
OTHER_TIME = "other quote date or time"

_ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMBERED_DAY = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})[-\s]*([a-z]{3,9})\.?[-\s,]*(\d{4}|\d{2})")
_CLOCK = re.compile(
    r"(?:^|[\sT,]+)(?:at\s+)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(am|pm)?\s*([a-z]{1,4})?$", re.IGNORECASE
)
_LONGEST_MOMENT = 100  # characters; the pattern above takes the square of the length where it fails
_EPOCH_DIGITS = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}


class Moments(NamedTuple):
    """Moments of the rows (UTC, NaT where blank) and their days in New York, both of shape (n,).

    Whether the column has a time of day, and whether it says the time zone.
    """

    utc: pd.DatetimeIndex
    days: NDArray[np.datetime64]
    has_clock: bool
    has_zone: bool


class Snapshot(NamedTuple):
    """The moment of the quotes, the rows that belong to it, and how many moments of that day these rows have.

    `own` is false where the moment is that of the latest trade or update of a row. `warnings` tell what was assumed.
    """

    quote_time: pd.Timestamp
    chosen: NDArray[np.bool_]
    moments: int = 1
    own: bool = True
    warnings: tuple[str, ...] = ()

    @property
    def dropped(self) -> dict[str, int]:
        """The count of rows that belong to other moments, by reason."""
        return {} if self.chosen.all() else {OTHER_TIME: int((~self.chosen).sum())}


def expiry_dates(sheet: Sheet, place: int, is_day_first: bool | None) -> NDArray[np.datetime64]:
    """Expiry dates (unit us), shape (n,): ISO, yyyymmdd, with month names, or with slashes in the order given."""
    array = sheet.cells[place]
    if is_dated(array):
        days = _wall_times(array).astype("datetime64[D]")
    else:
        at, written = distinct(_written(sheet, place))
        days = np.array([_day(word, is_day_first) for word in written], dtype="datetime64[D]")[at]
    wrong = np.flatnonzero(np.isnat(days))
    if wrong.size:
        row = int(wrong[0])
        value = sheet.cells[place][row].as_py()
        undecided = is_day_first is None and _NUMBERED_DAY.fullmatch(str(value).strip()) is not None
        told = "day or month first: no date of the table decides it" if undecided else "not a date"
        raise sheet.error(told, row, place, "write the dates like 2025-12-19")
    return days.astype("datetime64[us]")


def is_day_first(sheet: Sheet, *places: int | None) -> bool | None:
    """Whether dates with slashes in these columns have the day first: a number above 12 tells; None where none does."""
    firsts, seconds = [0], [0]
    for place in places:
        if place is None or is_dated(sheet.cells[place]):
            continue
        for word in distinct(words(sheet, place))[1]:
            if found := _NUMBERED_DAY.fullmatch(_without_clock(word)):
                firsts.append(int(found.group(1)))
                seconds.append(int(found.group(3)))
    if (max(firsts) > 12) == (max(seconds) > 12):
        return None
    return max(firsts) > 12


def snapshot(
    sheet: Sheet,
    found: dict[str, int],
    wanted: NDArray[np.bool_],
    request: Request,
    closing: time = AFTER_THE_CLOSE,
    update_zone: str = NEW_YORK,
) -> Snapshot:
    """When the options were quoted: as requested, else by the column of the quotes, else by the latest update.

    `wanted` rows (shape (n,)) decide. Of several dates the request chooses one. A date without time of day is taken at
    `closing` in New York; `update_zone` is that of the updates where they carry none.
    """
    everything = np.ones(len(sheet.line), dtype=np.bool_)
    asked = request.quote_time
    try:
        known = _quote_moments(sheet, found)
    except InputError:
        if asked is None:
            raise
        return Snapshot(asked, everything, warnings=("the quote times of the table are not readable and not used",))
    if known is None or np.isnat(known.days[wanted]).all():
        if asked is not None:
            return Snapshot(asked, everything)
        return _latest_update(sheet, found, wanted, update_zone)
    chosen = _rows_of_one_day(sheet, found, known, wanted, asked)
    if asked is not None and (exact := chosen & np.asarray(known.utc == asked)).any():
        chosen = exact
    latest, moments = known.utc[chosen & wanted].max(), known.utc[chosen & wanted].nunique()
    told = []
    if not known.has_clock:
        latest = pd.Timestamp(datetime.combine(latest.date(), closing, ZoneInfo(NEW_YORK)))
        if closing == AFTER_THE_CLOSE:
            told.append(f"no time of day beside the quote date {latest.date()}: taken as {closing:%H:%M} New York time")
    elif not known.has_zone:
        told.append("no time zone beside the quote time: New York's assumed")
    if asked is not None and not _is_day_of(asked, latest):
        return Snapshot(asked, chosen, moments)
    return Snapshot(latest.tz_convert(NEW_YORK), chosen, moments, warnings=tuple(told))


def _is_day_of(asked: pd.Timestamp, moment: pd.Timestamp) -> bool:
    """Whether what was asked for is no more than the moment's day: that day's midnight in New York."""
    return asked == moment.tz_convert(NEW_YORK).normalize()


def _rows_of_one_day(
    sheet: Sheet, found: dict[str, int], known: Moments, wanted: NDArray[np.bool_], asked: pd.Timestamp | None
) -> NDArray[np.bool_]:
    days = np.unique(known.days[wanted & ~np.isnat(known.days)])
    if days.size == 1:
        return np.ones(len(sheet.line), dtype=np.bool_)
    name = sheet.names[found["quote_time"]]
    span = f"{days[0]} to {days[-1]}"
    if asked is None:
        row = int(np.flatnonzero(wanted & (known.days != known.days[wanted][0]))[0])
        told = f"{days.size} quote dates in one table, {span}"
        remedy = f"one snapshot a file, or {GIVE_QUOTE_TIME} with a date: the rows of that date are read"
        raise sheet.error(told, row, found["quote_time"], remedy)
    chosen = known.days == np.datetime64(asked.tz_convert(NEW_YORK).date(), "D")
    if not (chosen & wanted).any():
        remedy = f"the table has {days.size} quote dates, {span}"
        raise InputError("no option was quoted on this date", file=sheet.file, key=name, value=asked, remedy=remedy)
    return np.asarray(chosen, dtype=np.bool_)


def _latest_update(sheet: Sheet, found: dict[str, int], wanted: NDArray[np.bool_], zone: str) -> Snapshot:
    place = found.get("last_update")
    known = None if place is None else _moments(sheet, place, None, zone)
    if place is None or known is None or known.utc[wanted].isna().all():
        raise InputError(
            "the table does not say when the options were quoted",
            file=sheet.file,
            line=sheet.header_line,
            key="quote_time",
            remedy=GIVE_QUOTE_TIME + ", or a column quote_datetime",
        )
    latest = known.utc[wanted].max().tz_convert(NEW_YORK)
    told = f"no quote time in the table: the latest {sheet.names[place]} is taken, {latest:%Y-%m-%d %H:%M} New York"
    return Snapshot(latest, np.ones(len(sheet.line), dtype=np.bool_), own=False, warnings=(told,))


def _quote_moments(sheet: Sheet, found: dict[str, int]) -> Moments | None:
    place = found.get("quote_time")
    if place is None:
        return None
    clock = found.get("quote_clock")
    if clock == place:  # a column 'quote_time' beside a column 'quote_date' would be the clock
        clock = None
    known = _moments(sheet, place, found.get("expiry"))
    return known if known.has_clock or clock is None else _with_clock(known, sheet, clock)


def _moments(sheet: Sheet, place: int, other_dates: int | None, assumed_zone: str = NEW_YORK) -> Moments:
    array = _stamps(sheet.cells[place])
    if is_dated(array):
        wall = _wall_times(array)
        zone = getattr(array.type, "tz", None)
        clock = pa.types.is_timestamp(array.type) and bool((wall != wall.astype("datetime64[D]")).any())
        _check_years(wall, sheet, place)
        naive = pd.DatetimeIndex(wall)
        utc = _utc(naive, "UTC" if zone else assumed_zone)
        return _with_days(utc, naive, clock, bool(zone))
    at, written = distinct(_written(sheet, place))
    day_first = is_day_first(sheet, place, other_dates)
    parsed = [_moment(word, day_first) for word in written]
    wrong = [number for number, (word, moment) in enumerate(zip(written, parsed, strict=True)) if _odd(word, moment)]
    if wrong:
        row = int(np.flatnonzero(np.isin(at, wrong))[0])
        remedy = f"expected like 2025-12-19 16:00; {GIVE_QUOTE_TIME} where the table has none"
        raise sheet.error("not a date or moment", row, place, remedy)
    said = [moment for moment in parsed if moment is not None]
    has_zone = all(moment.tzinfo is not None for moment in said)
    without = [number for number, moment in enumerate(parsed) if moment is not None and moment.tzinfo is None]
    if without and len(without) < len(said):
        row = int(np.flatnonzero(np.isin(at, without))[0])
        raise sheet.error("a moment without time zone among others with one", row, place, "write all moments alike")
    naive = pd.DatetimeIndex(_column([m if m is None or m.tzinfo is None else None for m in parsed])[at])
    aware = pd.DatetimeIndex(_column([m if m is None or m.tzinfo is not None else None for m in parsed])[at])
    localized = _utc(naive, assumed_zone)
    utc = aware.tz_localize("UTC").where(aware.notna(), localized)
    has_clock = any(moment.time() != time(0) for moment in said)
    return _with_days(utc, naive.where(naive.notna(), aware), has_clock, has_zone)


def _stamps(array: pa.Array) -> pa.Array:
    """Text that is ISO's throughout as moments in one sweep; anything else as it is."""
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return array
    encoded = array.dictionary_encode()
    for kind in (pa.timestamp("us", "UTC"), pa.timestamp("us")):
        try:
            return encoded.dictionary.cast(kind).take(encoded.indices)
        except pa.ArrowInvalid:
            continue
    return array


def _odd(word: str, moment: datetime | None) -> bool:
    return moment is None and not is_blank(word)


def _column(moments: list[datetime | None]) -> NDArray[np.datetime64]:
    told = [m if m is None or m.tzinfo is None else m.astimezone(UTC).replace(tzinfo=None) for m in moments]
    return np.array(told, dtype="datetime64[us]")


def _check_years(wall: NDArray[np.datetime64], sheet: Sheet, place: int) -> None:
    years = wall.astype("datetime64[Y]").astype(np.int64) + 1970
    wrong = np.flatnonzero(~np.isnat(wall) & ((years < YEARS[0]) | (years > YEARS[1])))
    if wrong.size:
        raise sheet.error("no year of option quotes", int(wrong[0]), place, "check the column")


def _utc(naive: pd.DatetimeIndex, zone: str = NEW_YORK) -> pd.DatetimeIndex:
    standard = np.zeros(len(naive), dtype=np.bool_)
    return naive.tz_localize(zone, ambiguous=standard, nonexistent="shift_forward").tz_convert("UTC")


def _with_days(utc: pd.DatetimeIndex, naive: pd.DatetimeIndex, has_clock: bool, has_zone: bool) -> Moments:
    """A date without time of day is that date whatever the zone; a moment has its date in New York."""
    local = utc.tz_convert(NEW_YORK).tz_localize(None) if has_clock else naive
    days = local.to_numpy().astype("datetime64[D]")
    if not has_clock:
        utc = _utc(pd.DatetimeIndex(days.astype("datetime64[us]")))
    return Moments(utc, days, has_clock, has_zone)


def _with_clock(known: Moments, sheet: Sheet, place: int) -> Moments:
    """The dates with the time of day of another column: HH:MM(:SS), or milliseconds since midnight, in New York."""
    if sheet.names[place].lower().startswith("ms"):
        since_midnight = np.nan_to_num(numbers(sheet, place))
        wrong = np.flatnonzero((since_midnight < 0.0) | (since_midnight >= MILLISECONDS_PER_DAY))
        if wrong.size:
            raise sheet.error("not a time of day", int(wrong[0]), place, "milliseconds since midnight are expected")
        shift = since_midnight.astype("timedelta64[ms]")
    else:
        at, written = distinct(words(sheet, place))
        clocks = [_clock(word) for word in written]
        if any(clock is None for clock in clocks):
            return known
        minutes = [(c.hour * 60 + c.minute) * 60 + c.second if c is not None else 0 for c in clocks]
        shift = np.array(minutes, dtype="timedelta64[s]")[at]
    local = pd.DatetimeIndex(known.days.astype("datetime64[us]") + shift)
    return Moments(_utc(local), known.days, True, known.has_zone)


def _wall_times(array: pa.Array) -> NDArray[np.datetime64]:
    """Dates or moments of an Arrow array (unit us), in UTC where they carry a zone."""
    stamps = array.cast(pa.timestamp("us", getattr(array.type, "tz", None)), safe=False)
    return np.asarray(stamps.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False), dtype="datetime64[us]")


def _written(sheet: Sheet, place: int) -> pa.Array:
    """A column as text, whole numbers without a decimal point."""
    array = sheet.cells[place]
    if pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        values = numbers(sheet, place)
        whole = np.where(np.isnan(values), 0.0, np.clip(values, 0.0, 9e18)).astype(np.int64)
        return pa.array(np.where(np.isnan(values), "", whole.astype(str)))
    return words(sheet, place)


def _moment(word: str, day_first: bool | None) -> datetime | None:
    """The moment a cell tells (midnight where it is a date), with its zone where it has one; None where it is none."""
    moment = _any_moment(word, day_first)
    return moment if moment is not None and YEARS[0] <= moment.year <= YEARS[1] else None


def _any_moment(word: str, day_first: bool | None) -> datetime | None:
    if word.isascii() and word.isdigit() and len(word) in _EPOCH_DIGITS:
        seconds, rest = divmod(int(word), _EPOCH_DIGITS[len(word)])
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 10**6 // _EPOCH_DIGITS[len(word)])
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        pass
    day = _day(word, day_first)
    if day is None:
        return None
    found = _clock_in(word)
    clock = _clock(word)
    if found is None or clock is None:
        return datetime.combine(day, time(0)) if found is None else None
    zone = heading.ZONES.get((found.group(5) or "").upper())
    return datetime.combine(day, clock, None if zone is None else ZoneInfo(zone))


def _clock(word: str) -> time | None:
    found = _clock_in(word)
    if found is None:
        return None
    hour, minute, second, half, _ = found.groups()
    hour_of_day = int(hour) if half is None else int(hour) % 12 + (12 if half.lower() == "pm" else 0)
    try:
        return time(hour_of_day, int(minute), int(second or 0))
    except ValueError:
        return None


def _clock_in(word: str) -> re.Match[str] | None:
    return _CLOCK.search(word) if len(word) <= _LONGEST_MOMENT else None


def _without_clock(word: str) -> str:
    found = _clock_in(word)
    return word.strip() if found is None else word[: found.start()].strip()


def _day(word: str, day_first: bool | None) -> date | None:
    """The day a cell tells; None where it tells none, or where day and month cannot be told apart."""
    if word.isascii() and word.isdigit() and len(word) in _EPOCH_DIGITS:
        return datetime.fromtimestamp(int(word) // _EPOCH_DIGITS[len(word)], UTC).date()
    try:
        return datetime.fromisoformat(word).date()
    except ValueError:
        bare = _without_clock(word).lower()
    if found := _ISO_DAY.fullmatch(bare):
        return _date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    if found := _NUMBERED_DAY.fullmatch(bare):
        first, second, year = int(found.group(1)), int(found.group(3)), _year(found.group(4))
        if day_first is None and found.group(2) != "." and first != second:
            return None
        return _date(year, second, first) if day_first or found.group(2) == "." else _date(year, first, second)
    if found := _DAY_AND_MONTH.fullmatch(bare):
        bare = f"{found.group(1)} {found.group(2)} {_year(found.group(3))}"
    named = heading.calendar_day(bare)
    return None if named is None else date(*named)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)
