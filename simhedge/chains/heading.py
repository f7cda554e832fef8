"""The heading of a chain file: the underlying's price and the moment of the quotes, in the spellings that occur."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from simhedge.chains.calendar import NEW_YORK

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
ZONES = {
    **dict.fromkeys(("EST", "EDT", "ET"), NEW_YORK),
    **dict.fromkeys(("CST", "CDT", "CT"), "America/Chicago"),
    **dict.fromkeys(("UTC", "GMT", "Z"), "UTC"),
}
AFTER_THE_CLOSE = (17, 0)

_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?)"
_LAST = re.compile(r"\blast:\s*\$?" + _NUMBER, re.IGNORECASE)
_MONTH_FIRST = re.compile(r"\b([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+(\d{4})\b", re.IGNORECASE)
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]+)\.?\s*,?\s+(\d{4})\b", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?=\D|$)")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?\s*(am|pm)?\b\s*([a-z]{1,4})?\b", re.IGNORECASE)


def last_price(text: str) -> float | None:
    """Price ($) after `Last:`, or None where there is none."""
    found = _LAST.search(text)
    return None if found is None else float(found.group(1).replace(",", ""))


def quote_moment(text: str) -> tuple[pd.Timestamp, list[str]] | None:
    """Moment of the quotes with its time zone, and what had to be assumed; None where no date is readable.

    English month names or ISO dates. Eastern time, standard or daylight, is New York's. Without a time of day the
    quotes are taken as after the close.
    """
    day = _calendar_day(text)
    if day is None:
        return None
    found = _CLOCK.search(text)
    if found is None:
        assumed = f"no time of day beside the date {day[0]}-{day[1]:02}-{day[2]:02}: taken as after that day's close"
        return _moment(day, AFTER_THE_CLOSE, NEW_YORK), [assumed]
    hour, minute, half, zone = found.groups()
    hour_of_day = int(hour) if half is None else int(hour) % 12 + (12 if half.lower() == "pm" else 0)
    known = ZONES.get((zone or "").upper())
    warnings = [] if known else [f"time zone {zone or 'missing'} beside the quote time: New York's assumed"]
    try:
        return _moment(day, (hour_of_day, int(minute)), known or NEW_YORK), warnings
    except ValueError:
        return None


def _calendar_day(text: str) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.search(text):
        day = int(found.group(1)), int(found.group(2)), int(found.group(3))
    elif (found := _MONTH_FIRST.search(text)) and (month := _month(found.group(1))):
        day = int(found.group(3)), month, int(found.group(2))
    elif (found := _DAY_FIRST.search(text)) and (month := _month(found.group(2))):
        day = int(found.group(3)), month, int(found.group(1))
    else:
        return None
    try:
        datetime(*day)
    except ValueError:
        return None
    return day


def _month(name: str) -> int | None:
    lowered = name.lower()
    if lowered == "sept":
        return 9
    if lowered in MONTHS:
        return MONTHS.index(lowered) + 1
    return MONTH_NAMES.index(lowered) + 1 if lowered in MONTH_NAMES else None


def _moment(day: tuple[int, int, int], clock: tuple[int, int], zone: str) -> pd.Timestamp:
    return pd.Timestamp(datetime(*day, *clock, tzinfo=ZoneInfo(zone)))
