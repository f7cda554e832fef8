"""Words of a chain: what it is on, and when it was quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.rounding import price

if TYPE_CHECKING:
    from simhedge.chains.chain import Chain


def heading(chain: Chain) -> str:
    """Symbol and spot ($): "SPX 3,990.56"."""
    return f"{chain.symbol or chain.name} {price(chain.spot)}"


def quoted(chain: Chain) -> str:
    """The moment that the file shows, with its zone, and by how much the quotes are older."""
    minutes = chain.delay.total_seconds() / 60.0
    return f"{chain.quote_time:%Y-%m-%d %H:%M %Z}" + (f", delayed {minutes:.0f} min" if minutes > 0.0 else "")
