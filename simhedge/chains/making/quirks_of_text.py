"""Blemishes of a chain file's text: headings, dates in other spellings, stray quotes and separators, cut ends."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from io import StringIO

from simhedge.chains.making.writers import FIRST_LINE, MONTHS

SPANISH = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
RUSSIAN = (
    *("января", "февраля", "марта", "апреля", "мая", "июня", "июля"),
    *("августа", "сентября", "октября", "ноября", "декабря"),
)

_DATE = re.compile(r"Date: (\w+) (\d+), (\d{4}) at (\d+):(\d\d) (AM|PM) (\w+)")
_STAMP = re.compile(r'"timestamp":"(\S+) (\S+)"')
_WHOLE_STRIKE = re.compile(r",(\d+)\.00,(?=[A-Z]+\d?\d{6}P\d{8},)")


def in_heading(change: Callable[[str], str], text: str) -> str:
    """The text with each line above the header changed."""
    lines = text.split("\n")
    header = next(place for place, line in enumerate(lines) if line.startswith("Expiration Date"))
    return "\n".join([change(line) for line in lines[:header]] + lines[header:])


def heading_empty(text: str) -> str:
    """The first line of the heading is empty."""
    return text.replace(FIRST_LINE + "\n", "\n", 1)


def heading_commas(text: str) -> str:
    """The first line of the heading has only the commas of empty cells."""
    return text.replace(FIRST_LINE, "," * 21, 1)


def heading_missing_first(text: str) -> str:
    """The first line of the heading is missing."""
    return text.replace(FIRST_LINE + "\n", "", 1)


def heading_example(text: str) -> str:
    """The first line of the heading says that the data are an example."""
    return text.replace(FIRST_LINE, "---Example Data---", 1)


def date_day_first(text: str) -> str:
    """Date: 14 June 2024 at 8:30 PM EDT."""
    return _DATE.sub(r"Date: \2 \1 \3 at \4:\5 \6 \7", text, count=1)


def date_spanish(text: str) -> str:
    """Date: 14 de junio de 2024, 20:30 EDT."""
    return _in_language(SPANISH, "Date: {day} de {month} de {year}, {clock}", text)


def date_russian(text: str) -> str:
    """Date: 14 июня 2024 г. 20:30 EDT."""
    return _in_language(RUSSIAN, "Date: {day} {month} {year} г. {clock}", text)


def date_garbled(text: str) -> str:
    """Date: J?ne 1?, 20?? at ?:?? PM EDT."""

    def garbled(found: re.Match[str]) -> str:
        month, day, year, _, _, half, zone = found.groups()
        return f"Date: {month[:1]}?{month[2:]} {day[:-1]}?, {year[:2]}?? at ?:?? {half} {zone}"

    return _DATE.sub(garbled, text, count=1)


def date_without_time(text: str) -> str:
    """Date: June 14 2024."""
    return _DATE.sub(r"Date: \1 \2 \3", text, count=1)


def date_quoted(text: str) -> str:
    """Every cell of the date's line is in quotes."""

    def quoted(line: str) -> str:
        return ",".join(f'"{cell}"' for cell in next(csv.reader([line])))

    return in_heading(lambda line: quoted(line) if "Date:" in line else line, text)


def date_unquoted(text: str) -> str:
    """The date's line has no quotes, though the date has a comma."""
    return in_heading(lambda line: line.replace('"', "") if "Date:" in line else line, text)


def unclosed_quote(text: str) -> str:
    """The quote before the date is never closed, which breaks readers of CSV."""
    return in_heading(lambda line: line.replace('",', ",", 1) if "Date:" in line else line, text)


def volume_with_commas(text: str) -> str:
    """The underlying's volume has thousands separators."""
    return text.replace("Volume: 0\n", '"Volume: 89,468,957"\n', 1)


def integer_strikes(text: str) -> str:
    """Whole strikes have no decimals."""
    return _WHOLE_STRIKE.sub(r",\1,", text)


def accented_name(text: str) -> str:
    """The underlying's name has a letter that ASCII has not."""
    return in_heading(lambda line: f"Índice {line}" if "Last:" in line else line, text)


def utc_timestamp(text: str) -> str:
    """The timestamp says that it is UTC: 2024-06-15T00:30:00Z."""
    return _STAMP.sub(r'"timestamp":"\1T\2Z"', text, count=1)


def null_times(text: str) -> str:
    """The times of the last trades are null."""
    return re.sub(r'"last_trade_time":"[^"]*"', '"last_trade_time":null', text)


def current_price_null(text: str) -> str:
    """The underlying has a close but no current price."""
    return re.sub(r'"current_price":[^,}]+', '"current_price":null', text, count=1)


def semicolons(text: str) -> str:
    """Semicolons stand between the cells."""
    out = StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(csv.reader(StringIO(text)))
    return out.getvalue()


def trailing_commas(text: str) -> str:
    """Every line ends in commas."""
    return "".join(f"{line},,\n" for line in text.splitlines())


def truncated(text: str) -> str:
    """The file ends within its last line."""
    body = text.rstrip("\n")
    last = len(body) - (body.rfind("\n") + 1)
    return body[: len(body) - max(1, last // 3)]


def crlf(text: str) -> str:
    """Lines end as on Windows."""
    return text.replace("\n", "\r\n")


def _in_language(months: tuple[str, ...], pattern: str, text: str) -> str:
    """The heading's date with these names of months and the hour of 24."""

    def spelled(found: re.Match[str]) -> str:
        month, day, year, hour, minute, half, zone = found.groups()
        of_24 = int(hour) % 12 + (12 if half == "PM" else 0)
        return pattern.format(day=day, month=months[MONTHS.index(month)], year=year, clock=f"{of_24}:{minute} {zone}")

    return _DATE.sub(spelled, text, count=1)
