"""What the caller knows better than the file, as `simhedge.read_chain` takes it, checked before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simhedge.chains.reading import checked_request

if TYPE_CHECKING:
    from datetime import datetime

    from simhedge.chains.table import Request


class Overrides(NamedTuple):
    """Spot ($), moment of the quotes and root in place of the file's own; whether expired options stay."""

    spot: float | None = None
    quote_time: str | datetime | None = None
    root: str | None = None
    keep_expired: bool = False

    def request(self, file: str) -> Request:
        """What the reader of `file` is asked for; an InputError for a value that no chain can have."""
        return checked_request(file, self.spot, self.quote_time, self.root)
