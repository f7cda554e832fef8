"""What a format's reader is asked for and hands over, and the canonical table that every format ends in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

# One option a row. Readers must give these columns; `implied_vol` is 0 where the vendor has none.
REQUIRED_COLUMNS = (
    "line",  # of the file (of the table, from 1, where there is no file), for messages
    "kind",  # call | put
    "root",  # option root, e.g. SPXW
    "expiry_date",  # datetime64, midnight, no zone
    "strike",
    "bid",  # $ per share, 0 where there is none; so ask
    "ask",
    "volume",  # contracts
    "open_interest",  # contracts
    "implied_vol",  # the vendor's, per sqrt(year)
)

# Readers may give these; where they do not, or a row has none, the value stands.
OPTIONAL_COLUMNS = {
    "delta": float("nan"),  # the vendor's, per share
    "gamma": float("nan"),  # the vendor's, per share and $
    "theta": float("nan"),  # the vendor's, $ per share and day
    "vega": float("nan"),  # the vendor's, $ per share and vol point
    "multiplier": 100.0,  # shares (coins, units of the index) per contract
    "forward": float("nan"),  # the vendor's forward price for this expiry
    "dealer_sign": float("nan"),  # dealers' share of the open interest, signed, where the file says so
    "settlement": "",  # am | pm; empty: by the root
}

TABLE_COLUMNS = (
    "line",
    "kind",
    "root",
    "strike",
    "expiry",  # moment of settlement, in the market's time zone
    "expiry_date",
    "settlement",
    "bid",
    "ask",
    "volume",
    "open_interest",
    "implied_vol",
    "delta",
    "gamma",
    "theta",
    "vega",
    "multiplier",
    "forward",
    "dealer_sign",
    "expiry_days",  # sessions from the start of a simulation's clock; none is left where it is not positive
)


NO_DELAY = pd.Timedelta(0)

# Remedies that every reader names in these words.
GIVE_SPOT = "give --spot (from Python: spot=)"
GIVE_QUOTE_TIME = "give --quote-time (from Python: quote_time=)"
NAME_ROOT = "--root (from Python: root=)"


def reworded(remedy: str, *, spot: str, quote_time: str, root: str) -> str:
    """A remedy in the words of another place than the command line, one for each of the above."""
    return remedy.replace(GIVE_SPOT, spot).replace(GIVE_QUOTE_TIME, quote_time).replace(NAME_ROOT, root)


LONGEST_LIST_SHOWN = 300  # characters


def shown_list(names: Iterable[str]) -> str:
    """The names in order, separated by commas, cut where a message would become too long."""
    told = ", ".join(sorted(names))
    return told if len(told) <= LONGEST_LIST_SHOWN else told[:LONGEST_LIST_SHOWN] + "..."


class Request(NamedTuple):
    """What the caller knows better than the file: spot ($), moment of the quotes, root; None where the file decides.

    `file` names the source in messages.
    """

    file: str
    spot: float | None = None
    quote_time: pd.Timestamp | None = None
    root: str | None = None


@dataclass(frozen=True)
class Quotes:
    """What a format's reader hands over: the heading, and one row per option.

    `options` has REQUIRED_COLUMNS and any of OPTIONAL_COLUMNS. `delay` is by how much the quotes are older than the
    moment `quote_time` that the file shows, `market` a key of `simhedge.chains.calendar.MARKETS`, `name` the
    underlying's name as written. `dropped`: rows the reader itself had to leave out, by reason.
    """

    file: str
    name: str
    spot: float
    quote_time: pd.Timestamp
    options: pd.DataFrame
    market: str = "us_options"
    delay: pd.Timedelta = NO_DELAY
    repaired: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
