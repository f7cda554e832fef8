"""Samples of sessions drawn from a pool of days, and how many of them the tests of a researcher reject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simhedge.simulation.threads import share_work
from simhedge.validation.estimate import TWO_SIDED_95
from simhedge.validation.power_theory import TEST_NAMES, Slope, slope_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.validation.power_sessions import Sessions

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

DRAWS_AT_ONCE = 10


def rejections(
    days: Sessions, sessions: Sequence[int], sign_errors: Sequence[float], draws: int, seed: Sequence[int], threads: int
) -> Integers:
    """Of `draws` samples, how many each test rejects at 5%, (tests, sign errors, sessions), tests as TEST_NAMES.

    A sample of fewer sessions is the beginning of a larger one. Each session's assumed sign is wrong independently of
    all else. Draws are NumPy's, keyed by `seed` and their number, whatever the `threads`.
    """
    chunks = -(-draws // DRAWS_AT_ONCE)
    found = np.zeros((chunks, len(TEST_NAMES), len(sign_errors), len(sessions)), dtype=np.int64)

    slopes = [None if test == "hold_rate" else slope_of(test, days) for test in TEST_NAMES]

    def count(part: slice) -> None:
        for chunk in range(part.start, part.stop):
            rows = min(DRAWS_AT_ONCE, draws - chunk * DRAWS_AT_ONCE)
            random = np.random.default_rng([*seed, chunk])
            drawn = random.integers(days.log_variance.size, size=(rows, max(sessions)))
            turned = random.random((rows, max(sessions)))
            signs = [np.where(turned < error, -1.0, 1.0) for error in sign_errors]
            for k, own in enumerate(slopes):
                numbers = _holds(days, drawn, signs, sessions) if own is None else _slopes(own, drawn, signs, sessions)
                found[chunk, k] = numbers

    share_work(count, chunks, threads)
    return np.asarray(found.sum(axis=0))


def _slopes(own: Slope, drawn: Integers, signs: Sequence[Floats], sessions: Sequence[int]) -> list[list[int]]:
    """Numbers (sign errors, sessions) of samples whose slope is rejected; drawn and signs[k] (samples, sessions)."""
    x, y = own.x.ravel()[drawn], own.y.ravel()[drawn]
    return [[int(slope_rejected(x[:, :n] * sign[:, :n], y[:, :n]).sum()) for n in sessions] for sign in signs]


def slope_rejected(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Whether least squares of each row (rows, sessions) rejects slope 0 at 5%: errors HC3, Student's law.

    HC3 (MacKinnon and White 1985) is White's (1980) without its bias in small samples, where HC1 rejects too often.
    """
    from scipy.stats import t

    sessions = x.shape[1]
    apart = x - x.mean(axis=1, keepdims=True)
    spread = np.einsum("rn,rn->r", apart, apart)
    slope = np.einsum("rn,rn->r", apart, y) / spread
    residual = y - y.mean(axis=1, keepdims=True) - slope[:, None] * apart
    leverage = 1.0 / sessions + apart * apart / spread[:, None]
    residual *= apart / (1.0 - leverage)
    variance = np.einsum("rn,rn->r", residual, residual) / spread**2
    return np.asarray(np.abs(slope) > float(t.ppf(0.975, sessions - 2.0)) * np.sqrt(variance))


def _holds(days: Sessions, drawn: Integers, signs: Sequence[Floats], sessions: Sequence[int]) -> list[list[int]]:
    """Numbers (sign errors, sessions) of samples in which the difference of hold rates is rejected."""
    truly_long = (drawn // days.log_variance[0].size) >= days.score.size // 2
    longs = np.stack([(truly_long == (sign > 0.0)) for sign in signs])
    ends = np.array(sessions) - 1
    counts = np.empty((2, 2, 2, *longs.shape[:2], ends.size))  # touched or held, wall or placebo, long or short
    for k, values in enumerate((days.touched, days.held)):
        for level in range(2):
            own = values[level].ravel()[drawn]
            of_longs = np.cumsum(own * longs, axis=2)[..., ends]
            counts[k, level] = of_longs, np.cumsum(own, axis=1)[:, ends] - of_longs
    return [[int(number) for number in row] for row in holds_rejected(*counts).sum(axis=1)]


def holds_rejected(touched: Floats, held: Floats) -> NDArray[np.bool_]:
    """Whether hold rates differ at 5%: wall less placebo, assumed long less assumed short; (2, 2, ...), same shape out.

    Each rate with one hold and one break more than were counted (Agresti and Caffo 2000), so that few touches do not
    reject too often.
    """
    rate = (held + 1.0) / (touched + 2.0)
    difference = rate[0, 0] - rate[0, 1] - rate[1, 0] + rate[1, 1]
    variance = (rate * (1.0 - rate) / (touched + 2.0)).sum(axis=(0, 1))
    return np.asarray(np.abs(difference) > TWO_SIDED_95 * np.sqrt(variance))
