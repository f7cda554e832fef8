"""Fewer points where a screen cannot show more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_POINTS = 400  # of a line: about two pixels apart on a page


def even_positions(count: int, most: int = MOST_POINTS) -> NDArray[np.intp]:
    """At most `most` of the positions 0 .. count - 1, evenly spread, both ends among them."""
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(np.intp))


def telling_positions(*lines: NDArray[np.float64], most: int = MOST_POINTS) -> NDArray[np.intp]:
    """Positions of at most `most` points that keep the ends, the lowest and the highest of each line piece by piece."""
    count = lines[0].size
    if count <= most:
        return np.arange(count)
    pieces = np.array_split(np.arange(count), max(1, (most - 2) // (2 * len(lines))))
    kept = [0, count - 1]
    for piece in pieces:
        for line in lines:
            if np.isfinite(line[piece]).any():
                kept += [int(piece[np.nanargmin(line[piece])]), int(piece[np.nanargmax(line[piece])])]
    return np.unique(kept)
