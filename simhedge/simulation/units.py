"""How many units of each book are held, hedged, and hedged in a given step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.kernels.layout import CONTINUOUS, FIXED_INTERVAL, NO_HEDGE, Records

if TYPE_CHECKING:
    from numpy.typing import NDArray


def hedged_units(dealers: Records, books: int) -> NDArray[np.float64]:
    """Units of each book that dealers hedge, shape (books,): number of dealers times what each holds."""
    units = dealers.number * dealers.scale * (dealers.policy != NO_HEDGE)
    return np.bincount(dealers.hedge_book, weights=units, minlength=books).astype(np.float64)


def held_units(dealers: Records, books: int) -> NDArray[np.float64]:
    """Units of each book that dealers hold, hedged or not, shape (books,)."""
    return np.bincount(dealers.book, weights=dealers.number * dealers.scale, minlength=books).astype(np.float64)


def acting_units(dealers: Records, books: int, first_step: int, last_step: int) -> NDArray[np.float64]:
    """Units of each book hedged by dealers who follow their target in each step, (last - first + 1, books)."""
    steps = np.arange(first_step, last_step + 1)
    units = np.zeros((steps.size, books))
    for dealer in dealers:
        if dealer.policy == CONTINUOUS:
            acts = np.ones(steps.size, dtype=bool)
        elif dealer.policy == FIXED_INTERVAL:
            acts = (steps - dealer.offset) % dealer.every == 0
        else:
            continue
        units[:, dealer.hedge_book] += dealer.number * dealer.scale * acts
    return units
