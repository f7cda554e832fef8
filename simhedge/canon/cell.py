"""One published number beside ours, and the verdict on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["P", "P2", "D", "C", "R"]
Verdict = Literal["agrees", "explained", "not available", "disagrees"]

STATUS_WORDS: dict[Status, str] = {
    "P": "published, seen in the source",
    "P2": "published, seen in a source that cites it",
    "D": "derived, and verified numerically elsewhere",
    "C": "computed from a published formula",
    "R": "recalled, not confirmed: not printed",
}
LARGEST_Z = 4.0  # standard errors within which a number agrees
ROUND_OFF = 1e-9  # relative; what a deterministic number may differ by


@dataclass(frozen=True)
class Cell:
    """A number that a source gives, what we observe in its set-up, and the standard error of ours.

    `precision` is half a unit of the last digit that the source prints. Where the source's number is not to be expected
    here for a known reason, `expected` (with `expected_error`) is what that reason predicts and `explanation` says it;
    the cell is then `explained` if ours agrees with `expected`. `observed` is None where the model has not the parts,
    and `explanation` says which. `published` is None for a number that nobody has confirmed.
    """

    id: str
    source: str
    status: Status
    published: float | None
    observed: float | None
    standard_error: float = 0.0
    precision: float = 0.0
    expected: float | None = None
    expected_error: float = 0.0
    explanation: str = ""

    @property
    def z(self) -> float | None:
        """Standard errors by which ours lies beyond the rounding of the published number, signed; None where unknown.

        Infinite where a number without error differs.
        """
        if self.published is None or self.observed is None:
            return None
        return _distance(self.observed, self.published, self.standard_error, self.precision)

    @property
    def verdict(self) -> Verdict:
        """agrees, explained, not available or disagrees."""
        if self.observed is None:
            return "not available"
        z = self.z
        if z is not None and abs(z) <= LARGEST_Z:
            return "agrees"
        if self.expected is not None and self.explanation:
            error = math.hypot(self.standard_error, self.expected_error)
            if abs(_distance(self.observed, self.expected, error, 0.0)) <= LARGEST_Z:
                return "explained"
        return "disagrees"

    def as_json(self) -> dict[str, Any]:
        """The row of `reproduce --json`; what is not finite is null."""
        z = self.z
        return {
            "id": self.id,
            "source": self.source,
            "status": self.status,
            "published": self.published,
            "observed": self.observed,
            "standard_error": self.standard_error if self.observed is not None else None,
            "z": z if z is not None and math.isfinite(z) else None,
            "verdict": self.verdict,
            "precision": self.precision,
            "expected": self.expected,
            "explanation": self.explanation,
        }


def _distance(observed: float, reference: float, error: float, precision: float) -> float:
    """(observed - reference), less what the rounding of the reference allows, in standard errors."""
    gap = observed - reference
    if not math.isfinite(gap):
        return math.inf
    beyond = max(0.0, abs(gap) - precision - ROUND_OFF * abs(reference))
    if beyond == 0.0:
        return 0.0
    return math.copysign(beyond / error if error > 0.0 else math.inf, gap)
