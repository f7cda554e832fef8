"""Expiry dates gathered for a figure: the first by themselves, the later ones by month, quarter or year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_GROUPS, FIRST_ALONE = 34, 14


class ExpiryGroups(NamedTuple):
    """The group of each expiry, shape (expiries,), and the names of the groups, in order of time."""

    group: NDArray[np.int64]
    names: tuple[str, ...]


def expiry_groups(expiries: tuple[str, ...], most: int = MOST_GROUPS) -> ExpiryGroups:
    """At most `most` groups of ascending ISO dates: each date alone, or the first, then months, quarters or years."""
    if len(expiries) <= most:
        return ExpiryGroups(np.arange(len(expiries)), expiries)
    alone, days = expiries[:FIRST_ALONE], [date.fromisoformat(expiry) for expiry in expiries[FIRST_ALONE:]]
    for name_of in (_month, _quarter, _year):
        # Of the month (quarter, year) in which the last date by itself lies, only what comes after it is left.
        begun = name_of(date.fromisoformat(alone[-1]))
        later = [f"{name} later" if (name := name_of(day)) == begun else name for day in days]
        names = [*alone, *dict.fromkeys(later)]
        if len(names) <= most:
            place = {name: number for number, name in enumerate(names)}
            numbers = [*range(FIRST_ALONE), *(place[name] for name in later)]
            return ExpiryGroups(np.array(numbers, dtype=np.int64), tuple(names))
    names = [*expiries[: most - 1], f"after {expiries[most - 2]}"]
    return ExpiryGroups(np.minimum(np.arange(len(expiries)), most - 1), tuple(names))


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _quarter(day: date) -> str:
    return f"{day.year} Q{(day.month + 2) // 3}"


def _year(day: date) -> str:
    return f"{day.year}"
