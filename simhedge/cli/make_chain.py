"""`simhedge make-chain`: a synthetic option chain in any format that `simhedge` reads, with blemishes on demand."""

from __future__ import annotations

import os
import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simhedge.cli.output import print_table, print_text, say
from simhedge.errors import InputError

if TYPE_CHECKING:
    from simhedge.chains.making.generator import Made
    from simhedge.chains.making.listed import ListedExpiry
    from simhedge.chains.making.recipe import Recipe

STANDARD_OUTPUT = "-"
MARKET_OF_FORMAT = {"deribit": "deribit", "nse": "nse"}  # of the others: us_options
LIST_QUIRKS = "list"


class Format(StrEnum):
    """Formats that a chain can be written in; the values are the keys of `simhedge.chains.making.writers.WRITERS`."""

    quotedata = "quotedata"
    delayed_json = "delayed-json"
    yahoo = "yahoo"
    deribit = "deribit"
    nse = "nse"
    long = "long"
    parquet = "parquet"


# typer reads one parameter per option, hence more of them than a function should have.
def make_chain_command(
    out: Annotated[str | None, typer.Argument(metavar="OUT", help="File to write; - for standard output.")] = None,
    spot: Annotated[float | None, typer.Option(help="Price of the underlying ($). [4000]")] = None,
    symbol: Annotated[str | None, typer.Option(help="Symbol of the underlying. [SPX]")] = None,
    vol: Annotated[float | None, typer.Option(help="Implied vol at the money, per sqrt(year). [0.16]")] = None,
    skew: Annotated[float | None, typer.Option(help="Correlation of the SSVI smile, -0.99 to 0.99. [-0.7]")] = None,
    curvature: Annotated[float | None, typer.Option(help="Curvature of the smile; 0 for none. [1.1]")] = None,
    term_structure: Annotated[
        str | None,
        typer.Option(metavar="SHAPE", help="flat, rising, falling, or front and back vol: 0.14/0.18. [flat]"),
    ] = None,
    expiries: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="How many, or dates: 2024-06-21,SPXW:2024-07-19. [12]"),
    ] = None,
    strikes: Annotated[
        str | None, typer.Option(metavar="LIST", help="The same for all expiries: 95,100,105. [as exchanges list]")
    ] = None,
    rate: Annotated[float | None, typer.Option(help="Interest rate per year. [0.05]")] = None,
    dividend_yield: Annotated[float | None, typer.Option(help="Dividend yield per year. [0.015]")] = None,
    open_interest: Annotated[float | None, typer.Option(help="Contracts in all. [1e6]")] = None,
    call_share: Annotated[float | None, typer.Option(help="Share of calls in open interest. [0.46]")] = None,
    oi_profile: Annotated[
        str | None,
        typer.Option(metavar="PROFILE", help="round, uniform, and walls: call_wall=4200,put_wall=3800. [round]"),
    ] = None,
    quote_time: Annotated[
        str | None, typer.Option(help="Moment of the quotes, the market's local time. [2024-06-14 20:30]")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Equal seeds make equal files. [1]")] = None,
    file_format: Annotated[Format, typer.Option("--format", help="Format of the file.")] = Format.quotedata,
    quirks: Annotated[
        str, typer.Option(metavar="NAMES", help="Blemishes: none, usual, names; list shows them all.")
    ] = "none",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Write a synthetic option chain: known smile, term structure and open interest, blemishes on demand."""
    if quirks.strip() == LIST_QUIRKS:
        _print_quirks()
        return 0
    if out is None:
        raise InputError("no file is named", key="OUT", remedy="name the file to write, or - for standard output")
    try:
        given = {
            **_vols(vol, term_structure, file_format),
            **_profile(oi_profile),
            "spot": spot,
            "symbol": None if symbol is None else symbol.upper(),
            "skew": skew,
            "curvature": curvature,
            "strikes": None if strikes is None else _strikes(strikes),
            "rate": rate,
            "dividend_yield": dividend_yield,
            "open_interest": open_interest,
            "call_share": call_share,
            "quote_time": quote_time,
            "seed": seed,
        }
        made, content = _made(_recipe(given, expiries, file_format), file_format, quirks.split(","))
    except InputError as error:
        raise _with_option(error) from None
    _write(out, content, file_format, force)
    told = f"{len(made.options):,} options, {len(content):,} bytes, {file_format.value}"
    (say if out == STANDARD_OUTPUT else print_text)(f"{out}: {told}")
    return 0


def _made(recipe: Recipe, file_format: Format, quirks: list[str]) -> tuple[Made, bytes]:
    from simhedge.chains.making.generator import make_chain
    from simhedge.chains.making.quirks import chosen_quirks, written

    names = [name.strip() for name in quirks if name.strip()]
    chosen_quirks(names, file_format.value)
    made = make_chain(recipe)
    return made, written(made, file_format.value, names)


def _recipe(given: dict[str, object], expiries: str | None, file_format: Format) -> Recipe:
    """The usual recipe of the format's market with what was given put in."""
    from dataclasses import replace

    from simhedge.chains.making.recipe import USUAL_RECIPES

    usual = USUAL_RECIPES[MARKET_OF_FORMAT.get(file_format.value, "us_options")]
    recipe = replace(usual, **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    return recipe if expiries is None else replace(recipe, expiries=_expiries(expiries, recipe))


def _vols(vol: float | None, term_structure: str | None, file_format: Format) -> dict[str, float]:
    """Front and back vol as the options say, nothing where neither is given."""
    from simhedge.chains.making.recipe import USUAL_RECIPES
    from simhedge.chains.making.recipe import term_structure as around

    if term_structure is not None and "/" in term_structure:
        if vol is not None:
            remedy = "leave out --vol, or give flat, rising or falling"
            raise InputError("says the vols itself", key="term_structure", value=term_structure, remedy=remedy)
        front, back = _floats(term_structure, "/", "term_structure", "give both: 0.14/0.18", 2)
    elif term_structure is not None and term_structure not in ("flat", "rising", "falling"):
        remedy = "flat, rising, falling, or front and back vol like 0.14/0.18"
        raise InputError("no term structure", key="term_structure", value=term_structure, remedy=remedy)
    elif vol is None and term_structure is None:
        return {}
    else:
        usual = USUAL_RECIPES[MARKET_OF_FORMAT.get(file_format.value, "us_options")].front_vol
        front, back = around(usual if vol is None else vol, term_structure or "flat")  # type: ignore[arg-type]
    return {"front_vol": front, "back_vol": back}


def _profile(text: str | None) -> dict[str, object]:
    """Profile of open interest and walls from `round`, `uniform`, `call_wall=K,put_wall=K`."""
    profile: dict[str, object] = {}
    for part in (text or "").split(",") if text is not None else ():
        name, equals, value = part.strip().partition("=")
        if name in ("call_wall", "put_wall") and equals:
            profile[name] = _floats(value, ",", "oi_profile", "give a strike: call_wall=4200", 1)[0]
        elif name in ("round", "uniform") and not equals:
            profile["oi_profile"] = name
        else:
            remedy = "round, uniform, call_wall=4200,put_wall=3800"
            raise InputError("no profile of open interest", key="oi_profile", value=part, remedy=remedy)
    return profile


def _expiries(text: str, recipe: Recipe) -> int | tuple[ListedExpiry, ...]:
    """A number of expiries, or those listed: dates, each with or without the option root before it."""
    from simhedge.chains.making.listed import listed_expiry

    if text.strip().isdecimal() and len(text.strip()) < 6:
        return int(text)
    listings = []
    for part in text.split(","):
        root, colon, day = part.strip().rpartition(":")
        try:
            listing = listed_expiry(date.fromisoformat(day), recipe.symbol, recipe.market)
        except ValueError:
            remedy = "give a number like 12, or dates like 2024-06-21,SPXW:2024-07-19"
            raise InputError("no expiry", key="expiries", value=part, remedy=remedy) from None
        listings.append(listing._replace(root=root.upper()) if colon else listing)
    return tuple(listings)


def _strikes(text: str) -> tuple[float, ...]:
    return tuple(sorted(_floats(text, ",", "strikes", "give prices: 95,100,105")))


def _floats(text: str, separator: str, key: str, remedy: str, count: int | None = None) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(separator)]
    except ValueError:
        raise InputError("not numbers", key=key, value=text, remedy=remedy) from None
    if count is not None and len(numbers) != count:
        raise InputError(f"{count} expected", key=key, value=text, remedy=remedy)
    return numbers


def _with_option(error: InputError) -> InputError:
    """The error with its field named as the option is."""
    options = {
        "front_vol": "--vol",
        "back_vol": "--term-structure",
        "call_wall": "--oi-profile",
        "put_wall": "--oi-profile",
    }
    key = None if error.key is None else options.get(error.key, "--" + error.key.replace("_", "-"))
    return InputError(error.message, key=key, value=error.value, remedy=error.remedy)


def _write(out: str, content: bytes, file_format: Format, force: bool) -> None:
    if out == STANDARD_OUTPUT:
        if file_format is Format.parquet:
            raise InputError("Parquet is not for standard output", key="OUT", value=out, remedy="name a file")
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The reader (head, less) has seen enough: what follows, and the flush at exit, goes nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    path = Path(out)
    if not path.parent.is_dir():
        raise InputError("no such directory", key="OUT", value=str(path.parent), remedy="make it first")
    try:
        with path.open("wb" if force else "xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise InputError("exists already", key="OUT", value=out, remedy="name another file, or give --force") from None
    except IsADirectoryError:
        raise InputError("is a directory", key="OUT", value=out, remedy="name a file in it") from None


def _print_quirks() -> None:
    from rich import box
    from rich.table import Table

    from simhedge.chains.making.quirks import QUIRKS, TEXT_FORMATS, USUAL

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("quirk", "what it does", "formats", "same chain"):
        table.add_column(column, no_wrap=column == "quirk")
    for name, quirk in QUIRKS.items():
        formats = "all but parquet" if quirk.formats == TEXT_FORMATS else ", ".join(quirk.formats)
        table.add_row(name, quirk.words, formats, "yes" if quirk.harmless else "no")
    print_table(table)
    print_text(f"usual: {', '.join(USUAL)}")
