"""Blemishes of real chain files by name, put on made chains: what a reader must bear, mend and count, or refuse.

Each is a small function on the made options (quirks_of_options.py), one on the written text (quirks_of_text.py), or a
way to encode it. All were met in files that users have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from simhedge.chains.making import quirks_of_options as on_options
from simhedge.chains.making import quirks_of_text as on_text
from simhedge.chains.making.generator import Made
from simhedge.chains.making.writers import WRITERS
from simhedge.errors import InputError

CSV_FORMATS = ("quotedata", "yahoo", "long")
JSON_FORMATS = ("delayed-json", "deribit", "nse")
TEXT_FORMATS = CSV_FORMATS + JSON_FORMATS
US_FORMATS = ("quotedata", "delayed-json", "yahoo", "long")
QUOTEDATA = ("quotedata",)
DELAYED_JSON = ("delayed-json",)


class Quirk(NamedTuple):
    """A blemish: what it does, whether a sound reader gives the same chain all the same, and the formats it is met in.

    `on_made` changes the options, `on_text` the file's text; `encoding` is another one than UTF-8.
    """

    words: str
    harmless: bool
    formats: tuple[str, ...]
    on_made: Callable[[Made], Made] | None = None
    on_text: Callable[[str], str] | None = None
    encoding: str | None = None


def written(made: Made, format_name: str, quirks: Sequence[str] = ()) -> bytes:
    """The made chain as a file of the format, with the quirks named, put on in the order of the registry.

    An InputError where a quirk is unknown, is not one of the format, or would leave this chain as it is.
    """
    writer = WRITERS.get(format_name)
    if writer is None:
        raise InputError("unknown format", key="format", value=format_name, remedy=f"one of {', '.join(WRITERS)}")
    if writer.market not in (None, made.recipe.market):
        remedy = f"make the chain with market={writer.market}"
        raise InputError("another market's format", key="format", value=format_name, remedy=remedy)
    chosen = {name: QUIRKS[name] for name in QUIRKS if name in chosen_quirks(quirks, format_name)}
    for name, quirk in chosen.items():
        if quirk.on_made is not None:
            changed = quirk.on_made(made)
            _check_changed(name, changed.options.equals(made.options))
            made = changed
    content = writer.write(made)
    if isinstance(content, bytes):
        return content
    for name, quirk in chosen.items():
        if quirk.on_text is not None:
            text = quirk.on_text(content)
            _check_changed(name, text == content)
            content = text
    return _encoded(content, {name: quirk.encoding for name, quirk in chosen.items() if quirk.encoding is not None})


def chosen_quirks(names: Sequence[str], format_name: str) -> set[str]:
    """The names in a choice of quirks, where `none` and `usual` are short forms; an InputError for an unknown one."""
    chosen: set[str] = set()
    for name in names:
        if name == "none":
            continue
        if name == "usual":
            chosen |= {usual for usual in USUAL if format_name in QUIRKS[usual].formats}
            continue
        quirk = QUIRKS.get(name)
        if quirk is None:
            raise InputError("unknown quirk", key="quirks", value=name, remedy="--quirks list shows all")
        if format_name not in quirk.formats:
            remedy = f"it belongs to {', '.join(quirk.formats)}"
            raise InputError(f"no quirk of the format {format_name}", key="quirks", value=name, remedy=remedy)
        chosen.add(name)
    return chosen


def _check_changed(name: str, is_same: bool) -> None:
    if is_same:
        remedy = "leave it out, or make a larger chain"
        raise InputError("finds nothing to change in this chain", key="quirks", value=name, remedy=remedy)


def _encoded(text: str, encodings: dict[str, str]) -> bytes:
    if len(encodings) > 1:
        raise InputError("two encodings", key="quirks", value=",".join(encodings), remedy="choose one of them")
    try:
        return text.encode(next(iter(encodings.values()), "utf-8"))
    except UnicodeEncodeError:
        told, remedy = "has not all letters of this text", "leave out the encoding or the quirk with those letters"
        raise InputError(told, key="quirks", value=next(iter(encodings)), remedy=remedy) from None


QUIRKS: dict[str, Quirk] = {
    "floored_iv": Quirk(
        "deep in the money some implied vols are a floor of 0.02", False, TEXT_FORMATS, on_options.floored_iv
    ),
    "unknown_iv": Quirk("some implied vols are 1e-05, which means unknown", False, TEXT_FORMATS, on_options.unknown_iv),
    "absurd_itm_iv": Quirk(
        "in the money some implied vols are several hundred percent", False, TEXT_FORMATS, on_options.absurd_itm_iv
    ),
    "zero_iv": Quirk(
        "implied vols are 0 deep in the money and on many lines of far expiries",
        False,
        TEXT_FORMATS,
        on_options.zero_iv,
    ),
    "unquoted_rows": Quirk("some lines have neither bid nor ask", False, TEXT_FORMATS, on_options.unquoted_rows),
    "one_sided_quotes": Quirk("some options have an ask but no bid", False, TEXT_FORMATS, on_options.one_sided_quotes),
    "rounded_gamma": Quirk(
        "implied vol, delta and gamma have four decimals", False, US_FORMATS, on_options.rounded_gamma
    ),
    "nan_open_interest": Quirk(
        "some options have no open interest, not even 0", False, TEXT_FORMATS, on_options.nan_open_interest
    ),
    "expired_rows": Quirk(
        "options of the last session stand on top with open interest and gamma",
        True,
        TEXT_FORMATS,
        on_options.expired_rows,
    ),
    "adjusted_roots": Quirk(
        "options with an adjusted deliverable, like AMD1, stand at the end", True, US_FORMATS, on_options.adjusted_roots
    ),
    "duplicate_rows": Quirk("some lines stand twice", True, TEXT_FORMATS, on_options.duplicate_rows),
    "shuffled_rows": Quirk("the lines stand in no order", True, TEXT_FORMATS, on_options.shuffled_rows),
    "heading_empty": Quirk("first heading line is empty", True, QUOTEDATA, on_text=on_text.heading_empty),
    "heading_commas": Quirk("first heading line is all commas", True, QUOTEDATA, on_text=on_text.heading_commas),
    "heading_missing_first": Quirk(
        "first heading line is missing", True, QUOTEDATA, on_text=on_text.heading_missing_first
    ),
    "heading_example": Quirk(
        "first heading line is ---Example Data---", True, QUOTEDATA, on_text=on_text.heading_example
    ),
    "date_day_first": Quirk("date like 14 June 2024", True, QUOTEDATA, on_text=on_text.date_day_first),
    "date_spanish": Quirk("date in Spanish", True, QUOTEDATA, on_text=on_text.date_spanish),
    "date_russian": Quirk("date in Russian", True, QUOTEDATA, on_text=on_text.date_russian),
    "date_garbled": Quirk("date with letters lost", False, QUOTEDATA, on_text=on_text.date_garbled),
    "date_without_time": Quirk(
        "date like June 14 2024, without the time of day", False, QUOTEDATA, on_text=on_text.date_without_time
    ),
    "date_quoted": Quirk("every cell of the date line in quotes", True, QUOTEDATA, on_text=on_text.date_quoted),
    "date_unquoted": Quirk("date line without quotes", True, QUOTEDATA, on_text=on_text.date_unquoted),
    "unclosed_quote": Quirk("quote before the date never closed", True, QUOTEDATA, on_text=on_text.unclosed_quote),
    "volume_with_commas": Quirk(
        "the underlying's volume like 89,468,957", True, QUOTEDATA, on_text=on_text.volume_with_commas
    ),
    "integer_strikes": Quirk("whole strikes without decimals", True, QUOTEDATA, on_text=on_text.integer_strikes),
    "utc_timestamp": Quirk("timestamp says that it is UTC", True, DELAYED_JSON, on_text=on_text.utc_timestamp),
    "null_times": Quirk("times of last trades are null", True, DELAYED_JSON, on_text=on_text.null_times),
    "current_price_null": Quirk(
        "current_price is null, only close is there", True, DELAYED_JSON, on_text=on_text.current_price_null
    ),
    "semicolons": Quirk("semicolons between the cells", True, CSV_FORMATS, on_text=on_text.semicolons),
    "trailing_commas": Quirk("commas at the end of every line", True, CSV_FORMATS, on_text=on_text.trailing_commas),
    "truncated": Quirk("file cut within its last line", False, TEXT_FORMATS, on_text=on_text.truncated),
    "crlf": Quirk("lines end as on Windows", True, TEXT_FORMATS, on_text=on_text.crlf),
    "bom": Quirk("UTF-8 with a byte order mark", True, TEXT_FORMATS, encoding="utf-8-sig"),
    "utf16": Quirk("UTF-16", True, TEXT_FORMATS, encoding="utf-16"),
    "latin1": Quirk(
        "Latin-1, with an accent in the name", True, QUOTEDATA, on_text=on_text.accented_name, encoding="latin-1"
    ),
}

# What most files have, and nothing that would keep them from being read.
USUAL = ("floored_iv", "zero_iv", "unquoted_rows", "rounded_gamma", "expired_rows", "heading_empty")
