"""What a snapshot rests on, in words: format, options read and used, conventions, the dealers' assumed side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.levels.words import sign_words
from simhedge.rounding import plain

if TYPE_CHECKING:
    from simhedge.snapshots.snapshot import Snapshot


def basis_rows(snapshot: Snapshot) -> list[tuple[str, str]]:
    """A label and what it says: format, options, what was dropped, conventions, who holds what."""
    levels, asked, report = snapshot.levels, snapshot.asked, snapshot.chain.report
    own = levels.conventions
    used = levels.exposure.used
    options = (
        f"{report.rows_read:,} read, {int(used.sum()):,} used "
        f"(open interest {levels.listing.open_interest[used].sum():,.0f}), "
        f"{report.rows_without_open_interest:,} without open interest"
    )
    dropped = "; ".join(f"{count:,} {reason}" for reason, count in snapshot.dropped().items())
    conventions = (
        f"{own.gamma} gamma, {asked.implied_vol} implied vol, {asked.day_count}, settlement {asked.settlement}, "
        f"rate {plain(100.0 * own.rate, 3)}%, dividend yield {plain(100.0 * own.dividend_yield, 3)}%"
    )
    rows = [("format", snapshot.chain.format), ("options", options)]
    rows += [("dropped", dropped)] if dropped else []
    rows += [("expiries", f"only {asked.expiry}")] if asked.expiry is not None else []
    return [*rows, ("conventions", conventions), ("dealers hold", f"{sign_words(own.sign)} times open interest")]
