"""A chain as one line and as an HTML table by expiry, from its table alone: no file is read, no implied vol solved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.chains.words import heading, quoted
from simhedge.display import frame, lines, table
from simhedge.rounding import counted, price

if TYPE_CHECKING:
    import pandas as pd

    from simhedge.chains.chain import Chain

EXPIRIES_SHOWN = 10
_COLUMNS = ("expiry", "sessions to it", "options", "strikes, $", "call open interest", "put open interest")
_READ = (
    "open interest in contracts, of whoever holds them: a chain does not say which side dealers are on; "
    "am, pm: settles at the open, at the close"
)


def line(chain: Chain) -> str:
    """Symbol and spot, time of the quotes, number of options and expiries, open interest, in one line."""
    options = f"{counted(len(chain.table), 'option')} on {counted(len(_expiries(chain)), 'expiry date')}"
    interest = f"open interest {chain.table['open_interest'].sum():,.0f} contracts"
    return f"<Chain {heading(chain)!r} {quoted(chain)}: {options}, {interest}>"


def html(chain: Chain) -> str:
    """The first expiries with their open interest by side, what was read and dropped, warnings."""
    shown = table(
        heading(chain),
        [chain.name, quoted(chain), counted(len(chain.table), "option"), chain.format],
        _COLUMNS,
        [_cells(rows) for rows in _expiries(chain)],
        most=EXPIRIES_SHOWN,
    )
    told = lines([_READ]) + lines([chain.report.summary()], "file")
    return frame(shown, told, lines(chain.report.warnings, "warning"))


def _expiries(chain: Chain) -> list[pd.DataFrame]:
    """The rows of each date and settlement, in order of time."""
    return [rows for _, rows in chain.table.groupby(["expiry", "settlement"], observed=True, sort=True)]


def _cells(rows: pd.DataFrame) -> list[str]:
    first, strikes = rows.iloc[0], rows["strike"]
    calls = rows.loc[rows["kind"] == "call", "open_interest"].sum()
    puts = rows.loc[rows["kind"] == "put", "open_interest"].sum()
    low, high = price(float(strikes.min())), price(float(strikes.max()))
    return [
        f"{first['expiry_date']:%Y-%m-%d} {first['settlement']}",
        f"{first['expiry_days']:.0f}",
        f"{len(rows):,}",
        low if low == high else f"{low} to {high}",
        f"{calls:,.0f}",
        f"{puts:,.0f}",
    ]
