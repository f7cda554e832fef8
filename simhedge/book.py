"""The shared nouns: an option book seen from the dealers' side, and the market it is valued in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.display import frame, lines, table
from simhedge.rounding import counted, plain, price, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_EXPIRIES_SHOWN = 10


@dataclass(frozen=True)
class MarketState:
    """Spot ($), continuously compounded rates (per year) and the trading days elapsed since the book's clock began."""

    spot: float
    rate: float = 0.0
    dividend_yield: float = 0.0
    elapsed_days: float = 0.0
    trading_days_per_year: float = 252.0


@dataclass(frozen=True)
class Book:
    """European options as parallel arrays of shape (n,), signed from the dealers' side (positive: dealers long).

    `contracts` are contracts, `multiplier` shares per contract, `expiry_days` trading days from the start of the
    clock to expiry, `implied_vol` per sqrt(year). `constant_gamma` (shares per $) adds the teaching instrument whose
    delta is gamma * (S - S_0) and which never expires.
    """

    is_call: NDArray[np.bool_]
    strike: NDArray[np.float64]
    expiry_days: NDArray[np.float64]
    contracts: NDArray[np.float64]
    multiplier: NDArray[np.float64]
    implied_vol: NDArray[np.float64]
    constant_gamma: float = 0.0

    def __repr__(self) -> str:
        constant = f", constant gamma {plain(self.constant_gamma)} shares per $" if self.constant_gamma else ""
        return f"<Book of {counted(self.strike.size, 'option')} on {self.gross_shares:,.0f} shares{constant}>"

    def _repr_html_(self) -> str:
        facts = [counted(self.strike.size, "option"), f"{self.gross_shares:,.0f} shares, long and short added up"]
        columns = ["trading days to expiry", "options", "strikes, $", "calls, net", "puts, net", "implied vol"]
        rows = [_book_cells(self, self.expiry_days == days) for days in np.unique(self.expiry_days)]
        told = ["calls and puts in contracts from the dealers' side: + where they are long, − where short"]
        told += [f"constant gamma: {plain(self.constant_gamma)} shares per $"] if self.constant_gamma else []
        return frame(table("Book", facts, columns, rows, most=_EXPIRIES_SHOWN), lines(told))

    @property
    def shares(self) -> NDArray[np.float64]:
        """Signed shares under option, shape (n,)."""
        return self.contracts * self.multiplier

    @property
    def gross_shares(self) -> float:
        """Sum of abs(contracts * multiplier), the unit of `surface_max_error`."""
        return float(np.abs(self.shares).sum())

    def scaled(self, factor: float) -> Book:
        """The same book with every position multiplied by `factor`."""
        return Book(
            self.is_call,
            self.strike,
            self.expiry_days,
            self.contracts * factor,
            self.multiplier,
            self.implied_vol,
            self.constant_gamma * factor,
        )

    @classmethod
    def joined(cls, books: Sequence[Book]) -> Book:
        """All positions of some books as one book."""

        def column(name: str) -> NDArray[Any]:
            return np.concatenate([getattr(book, name) for book in books])

        return cls(
            column("is_call"),
            column("strike"),
            column("expiry_days"),
            column("contracts"),
            column("multiplier"),
            column("implied_vol"),
            sum(book.constant_gamma for book in books),
        )

    @classmethod
    def from_chain(cls, chain: Any, sign: Mapping[str, float] | None = None) -> Book:
        """The street's book: open interest of a chain times the dealers' signed share of it.

        `chain` offers arrays of shape (n,): `is_call`, `strike`, `expiry_days`, `open_interest`, `multiplier`,
        `implied_vol` (see `simhedge.read_chain`). `sign` maps `calls` and `puts` to the dealers' share of open
        interest, by default calls +1, puts -1 (the usual assumption, not data). Rows without open interest add nothing
        and are left out. Raises ValueError for another key or value in `sign`.
        """
        shares = {"calls": 1.0, "puts": -1.0} | dict(sign or {})
        for side, share in shares.items():
            if side not in ("calls", "puts") or not (isinstance(share, int | float) and math.isfinite(share)):
                raise ValueError(f"sign: {side}={share!r} is no share of open interest, give calls and puts as numbers")
        is_call = np.asarray(chain.is_call, dtype=np.bool_)
        contracts = np.asarray(chain.open_interest, dtype=np.float64) * np.where(
            is_call, shares["calls"], shares["puts"]
        )
        held = contracts != 0.0

        def column(name: str) -> NDArray[np.float64]:
            values: NDArray[np.float64] = np.asarray(getattr(chain, name), dtype=np.float64)
            return np.compress(held, values)

        return cls(
            is_call[held],
            column("strike"),
            column("expiry_days"),
            contracts[held],
            column("multiplier"),
            column("implied_vol"),
        )


def _book_cells(book: Book, rows: NDArray[np.bool_]) -> list[str]:
    """One expiry: trading days to it, options, range of strikes ($), net contracts by side, range of implied vols."""
    call, contracts = book.is_call[rows], book.contracts[rows]
    return [
        f"{book.expiry_days[rows][0]:g}",
        f"{contracts.size:,}",
        _range(book.strike[rows]),
        signed(float(contracts[call].sum()), 0),
        signed(float(contracts[~call].sum()), 0),
        _range(book.implied_vol[rows]),
    ]


def _range(values: NDArray[np.float64]) -> str:
    low, high = price(float(values.min()), 4), price(float(values.max()), 4)
    return low if low == high else f"{low} to {high}"


@dataclass(frozen=True)
class Listing:
    """Options outstanding on one underlying as parallel arrays of shape (n,), before anyone's side is assumed.

    `spot` in $. `open_interest` in contracts, positive; `multiplier` shares per contract; `implied_vol` per sqrt(year),
    NaN where there is none; `time_to_expiry` in years under the day count in force, `weekdays` the weekdays to expiry
    that published rules count instead, `days` calendar days from the session of the quotes to expiry (0: 0DTE).
    `listed_strikes` ($, ascending, another length) holds the strikes without open interest too.
    `expiry` numbers the dates `expiries` (ISO, ascending). NaN where nobody told:
    the vendor's `gamma` (per share and $) and `delta` (per share), `log_forward` = ln(forward / spot), and
    `dealer_sign`, the dealers' signed share of the row's open interest.
    """

    spot: float
    is_call: NDArray[np.bool_]
    strike: NDArray[np.float64]
    open_interest: NDArray[np.float64]
    multiplier: NDArray[np.float64]
    implied_vol: NDArray[np.float64]
    time_to_expiry: NDArray[np.float64]
    weekdays: NDArray[np.float64]
    days: NDArray[np.float64]
    listed_strikes: NDArray[np.float64]
    expiry: NDArray[np.int64]
    expiries: tuple[str, ...]
    gamma: NDArray[np.float64]
    delta: NDArray[np.float64]
    log_forward: NDArray[np.float64]
    dealer_sign: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Shares under option, unsigned, shape (n,)."""
        return self.open_interest * self.multiplier

    @classmethod
    def from_book(cls, book: Book, market: MarketState) -> Listing:
        """The live options of a book, its contracts without their sign, which becomes `dealer_sign` (+1 or -1).

        Time passes as in a simulation: trading days over the trading days of a year.
        """
        days = book.expiry_days - market.elapsed_days
        live = (days > 0.0) & (book.contracts != 0.0)
        left = days[live]
        number_of_day, expiry = np.unique(left, return_inverse=True)
        unknown = np.full(left.size, np.nan)
        return cls(
            spot=float(market.spot),
            is_call=book.is_call[live],
            strike=book.strike[live],
            open_interest=np.abs(book.contracts[live]),
            multiplier=book.multiplier[live],
            implied_vol=book.implied_vol[live],
            time_to_expiry=left / market.trading_days_per_year,
            weekdays=np.ceil(left),
            days=np.ceil(left) - 1.0,
            listed_strikes=np.unique(book.strike[live]),
            expiry=expiry.astype(np.int64),
            expiries=tuple(f"{day:g} days" for day in number_of_day),
            gamma=unknown,
            delta=unknown,
            log_forward=unknown,
            dealer_sign=np.sign(book.contracts[live]),
        )
