"""What became of every option of a chain file: used, dropped and why, repaired and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class ChainReport:
    """Counts of options (a call and a put on one line of a file are two); open interest in contracts.

    rows_read = rows_used + rows_without_open_interest + sum of `dropped`. Options without open interest stay in the
    chain's table but would add nothing to a book, so they count as neither used nor (from expiry on) dropped.
    """

    rows_read: int
    rows_used: int
    rows_without_open_interest: int
    dropped: dict[str, int] = field(default_factory=dict)
    dropped_open_interest: dict[str, float] = field(default_factory=dict)
    repaired: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One line in words: options read, used, dropped by reason (with their open interest) and repaired."""
        parts = [f"{self.rows_read:,} options read", f"{self.rows_used:,} used"]
        parts.append(f"{self.rows_without_open_interest:,} without open interest")
        for reason, count in self.dropped.items():
            parts.append(f"dropped {count:,}: {reason} (open interest {self.dropped_open_interest[reason]:,.0f})")
        parts.extend(f"repaired {count:,}: {what}" for what, count in self.repaired.items())
        return "; ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return asdict(self)
