"""Blemishes of a chain's options: implied vols, quotes and open interest that are wrong or missing, lines too many."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simhedge.chains.calendar import sessions, settlement_times
from simhedge.chains.making.generator import Made
from simhedge.chains.making.listed import is_am_settled, listed_expiry

PLACEHOLDER_VOL, UNKNOWN_VOL = 0.02, 1e-5
SHARE_OF_ROWS = 0.1  # that a quirk of some rows falls on


def _with_column(made: Made, **columns: pd.Series) -> Made:
    return replace(made, options=made.options.assign(**columns))


def _draws(made: Made, name: str, count: int) -> NDArray[np.float64]:
    """Uniform draws of shape (count,) of this quirk's own."""
    return np.random.Generator(np.random.Philox([made.recipe.seed, zlib.crc32(name.encode())])).random(count)


def _lines(made: Made, lines: NDArray[np.int64]) -> pd.DataFrame:
    """The options of some lines (a call and a put each), in this order."""
    return made.options.iloc[np.stack([2 * lines, 2 * lines + 1], axis=1).ravel()]


def _some_lines(made: Made, name: str) -> NDArray[np.int64]:
    """Some lines drawn at random, at least one, ascending."""
    count = len(made.options) // 2
    some = max(1, round(SHARE_OF_ROWS * count))
    return np.sort(np.argsort(_draws(made, name, count))[:some])


def floored_iv(made: Made) -> Made:
    """Deep in the money some implied vols are a floor of 0.02."""
    options = made.options
    floored = (options["depth"] > 2.5) & (options["draw"] > 0.85)
    return _with_column(made, implied_vol=options["implied_vol"].mask(floored, PLACEHOLDER_VOL))


def unknown_iv(made: Made) -> Made:
    """Some implied vols are 1e-05."""
    options = made.options
    unknown = (options["depth"] > 2.5) | (_draws(made, "unknown_iv", len(options)) < SHARE_OF_ROWS)
    return _with_column(made, implied_vol=options["implied_vol"].mask(unknown, UNKNOWN_VOL))


def absurd_itm_iv(made: Made) -> Made:
    """In the money some implied vols are several hundred percent."""
    options = made.options
    absurd = (options["depth"] > 1.0) & (_draws(made, "absurd_itm_iv", len(options)) < 0.5)
    vol = 3.0 + 5.0 * _draws(made, "absurd_vol", len(options))
    return _with_column(made, implied_vol=options["implied_vol"].mask(absurd, vol))


def zero_iv(made: Made) -> Made:
    """Implied vols are 0 deep in the money and on many lines of the far expiries."""
    options = made.options
    deep = (options["depth"] > 2.5) & (options["draw"] < 0.5)
    missing = options["missing_draw"] < np.where(options["time_to_expiry"] > 1.2, 0.4, 0.02)
    return _with_column(made, implied_vol=options["implied_vol"].mask(deep | missing, 0.0))


def unquoted_rows(made: Made) -> Made:
    """Some lines have neither bid nor ask."""
    options = made.options
    unquoted = options["unquoted_draw"] < np.where(options["time_to_expiry"] > 1.2, 0.03, 0.01)
    return _with_column(made, bid=options["bid"].mask(unquoted, 0.0), ask=options["ask"].mask(unquoted, 0.0))


def one_sided_quotes(made: Made) -> Made:
    """Some options have an ask but no bid."""
    bidless = np.zeros(len(made.options), dtype=np.bool_)
    bidless[2 * _some_lines(made, "one_sided_quotes")] = True
    bidless[2 * _some_lines(made, "one_sided_puts") + 1] = True
    return _with_column(made, bid=made.options["bid"].mask(bidless, 0.0))


def rounded_gamma(made: Made) -> Made:
    """Implied vol, delta and gamma have four decimals."""
    names = ["implied_vol", "delta", "gamma"]
    return _with_column(made, **{name: made.options[name].round(4) for name in names})


def nan_open_interest(made: Made) -> Made:
    """Some options have no open interest, neither 0 nor another number."""
    missing = np.zeros(len(made.options), dtype=np.bool_)
    missing[2 * _some_lines(made, "nan_open_interest") + 1] = True
    return _with_column(made, open_interest=made.options["open_interest"].mask(missing))


def expired_rows(made: Made) -> Made:
    """Options of the session before the quotes stand on top with open interest, implied vol and gamma."""
    recipe, options = made.recipe, made.options
    known = sessions(recipe.market)
    day = known.dates[int(known.closes.searchsorted(made.quote_time - recipe.delay, side="right")) - 1]
    listing = listed_expiry(day.astype(object), recipe.symbol, recipe.market)
    is_am = is_am_settled(listing.root, recipe.market)
    moment = settlement_times(np.array([day]), np.array([is_am]), recipe.market)[0]
    of_front = (options[["expiry_date", "root"]] == options[["expiry_date", "root"]].iloc[0]).all(axis=1)
    settlement = "am" if is_am else "pm"
    gone = options[of_front].assign(
        root=listing.root, expiry_date=pd.Timestamp(day), expiry=moment, settlement=settlement
    )
    return replace(made, options=pd.concat([gone, options], ignore_index=True))


def adjusted_roots(made: Made) -> Made:
    """Options of an adjusted root, such as AMD1, with another deliverable stand at the end."""
    some = _lines(made, _some_lines(made, "adjusted_roots"))
    adjusted = some.assign(root=some["root"].str[:5] + "1", settlement="pm")
    return replace(made, options=pd.concat([made.options, adjusted], ignore_index=True))


def duplicate_rows(made: Made) -> Made:
    """Some lines stand twice, one below the other."""
    every = np.arange(len(made.options) // 2)
    twice = np.sort(np.concatenate([every, _some_lines(made, "duplicate_rows")]))
    return replace(made, options=_lines(made, twice).reset_index(drop=True))


def shuffled_rows(made: Made) -> Made:
    """The lines stand in no order."""
    order = np.argsort(_draws(made, "shuffled_rows", len(made.options) // 2))
    return replace(made, options=_lines(made, order).reset_index(drop=True))
