"""The heading of a chain file: the underlying's price and the moment of the quotes, in the spellings that occur."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pandas as pd

from simhedge.chains.calendar import NEW_YORK

ZONES = {
    **dict.fromkeys(("EST", "EDT", "ET"), NEW_YORK),
    **dict.fromkeys(("CST", "CDT", "CT"), "America/Chicago"),
    **dict.fromkeys(("MST", "MDT", "MT"), "America/Denver"),
    **dict.fromkeys(("PST", "PDT", "PT"), "America/Los_Angeles"),
    **dict.fromkeys(("UTC", "GMT", "Z"), "UTC"),
    **dict.fromkeys(("WET", "WEST"), "Europe/Lisbon"),
    **dict.fromkeys(("CET", "CEST", "MEZ", "MESZ"), "Europe/Paris"),
    **dict.fromkeys(("EET", "EEST"), "Europe/Athens"),
    "BST": "Europe/London",
    "MSK": "Europe/Moscow",
    "BRT": "America/Sao_Paulo",
    "IST": "Asia/Kolkata",
    "HKT": "Asia/Hong_Kong",
    "SGT": "Asia/Singapore",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
    **dict.fromkeys(("AEST", "AEDT"), "Australia/Sydney"),
}
AFTER_THE_CLOSE = (17, 0)
LONGEST_DATE = 200  # characters; patterns with blanks between words take the square of the length where they fail

# English, Spanish, Portuguese, French, German, Italian, Russian (nominative and genitive), each with its short forms.
_MONTH_WORDS = (
    "january jan enero ene janeiro janvier janv januar jänner gennaio gen январь января янв",
    "february feb febrero fevereiro fev février févr februar febbraio февраль февраля фев февр",
    "march mar marzo março mars märz mrz март марта мар",
    "april apr abril abr avril avr aprile апрель апреля апр",
    "may mayo maio mai maggio mag май мая",
    "june jun junio junho juin juni giugno giu июнь июня июн",
    "july jul julio julho juillet juil juli luglio lug июль июля июл",
    "august aug agosto ago août август августа авг",
    "september sep sept septiembre setiembre set setembro septembre settembre сентябрь сентября сен сент",
    "october oct octubre outubro out octobre oktober okt ottobre ott октябрь октября окт",
    "november nov noviembre novembro novembre ноябрь ноября ноя нояб",
    "december dec diciembre dic dezembro dez décembre déc dezember dicembre декабрь декабря дек",
)

_NUMBER = r"([1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?)(?!\d|[.,]\d|e\d)"
_LAST = re.compile(r'\blast:\s*"?\$?' + _NUMBER, re.IGNORECASE | re.ASCII)
_WORD = r"(?<![^\W\d_])([^\W\d_]{3,12})\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th|er|[.º°])?"
_OF = r"(?:\s*,\s*|[\s-]+)(?:del?\s+)?"
_YEAR = r"(\d{4})(?!\d)"
_MONTH_FIRST = re.compile(rf"{_WORD}[\s-]+{_DAY}{_OF}{_YEAR}", re.IGNORECASE)
_DAY_FIRST = re.compile(rf"(?<!\d){_DAY}{_OF}{_WORD}{_OF}{_YEAR}", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})(?::|\s?h\s?)(\d{2})(?::\d{2}(?:\.\d+)?)?(?:\s*([ap])\.?\s?m\b\.?)?\s*([^\W\d_]+)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"\s*(?:GMT|UTC|Z)?\s?([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_NO_ZONE = ("uhr",)


def last_price(text: str) -> float | None:
    """Price ($) after `Last:`, or None where there is none or it may have a decimal comma."""
    found = _LAST.search(text)
    return None if found is None else float(found.group(1).replace(",", ""))


def quote_moment(text: str) -> tuple[pd.Timestamp, list[str]] | None:
    """Moment of the quotes with its time zone, and what had to be assumed; None where no date is readable.

    Month names in the languages above or ISO dates. Eastern time, standard or daylight, is New York's. Without a time
    of day the quotes are taken as after the close.
    """
    day = calendar_day(text)
    if day is None:
        return None
    found = _CLOCK.search(text[:LONGEST_DATE])
    if found is None:
        assumed = f"no time of day beside the date {day[0]}-{day[1]:02}-{day[2]:02}: taken as after that day's close"
        return _moment(day, AFTER_THE_CLOSE, ZoneInfo(NEW_YORK)), [assumed]
    hour, minute, half, zone = found.groups()
    zone = None if zone is None or zone.lower() in _NO_ZONE else zone
    hour_of_day = int(hour) if half is None else int(hour) % 12 + (12 if half.lower() == "p" else 0)
    offset = _offset(text[found.start(4) if zone else found.end() :])
    known = None if zone is None and offset is None else ZONES.get((zone or "").upper())
    warnings = [] if known or offset else [f"time zone {zone or 'missing'} beside the quote time: New York's assumed"]
    try:
        return _moment(day, (hour_of_day, int(minute)), offset or ZoneInfo(known or NEW_YORK)), warnings
    except ValueError:
        return None


def _offset(text: str) -> timezone | None:
    """The zone that begins a text as an offset from UTC, like GMT-0400 or +02:00; None where it begins with none."""
    found = _OFFSET.match(text)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset) if offset < timedelta(hours=15) else None


def calendar_day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of the first date in the text that names its month or is ISO's; None where there is none.

    All-number dates but ISO's are not read: they leave open which number is the month.
    """
    text = text[:LONGEST_DATE]
    if found := _YEAR_FIRST.search(text):
        return _checked(int(found.group(1)), int(found.group(2)), int(found.group(3)))
    for pattern, (month_group, day_group) in ((_MONTH_FIRST, (1, 2)), (_DAY_FIRST, (2, 1))):
        for found in pattern.finditer(text):
            month = _month(found.group(month_group))
            if month is not None:
                return _checked(int(found.group(3)), month, int(found.group(day_group)))
    return None


def _month(word: str) -> int | None:
    """The month's number, 1 to 12; None where the word is no month's name."""
    if (month := _MONTHS.get(_bare(word))) is not None:
        return month
    try:
        return _MONTHS.get(_bare(word.encode("latin-1").decode("cp1251")))  # Russian, taken for a Western code page
    except UnicodeError:
        return None


def _bare(word: str) -> str:
    """The word in lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))


def _checked(year: int, month: int, day: int) -> tuple[int, int, int] | None:
    try:
        datetime(year, month, day)
    except ValueError:
        return None
    return year, month, day


def _moment(day: tuple[int, int, int], clock: tuple[int, int], zone: tzinfo) -> pd.Timestamp:
    return pd.Timestamp(datetime(*day, *clock, tzinfo=zone))


_MONTHS = {_bare(word): number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}
