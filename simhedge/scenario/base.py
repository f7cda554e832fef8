"""What all blocks of a scenario share: strictness, names, dates, and errors that carry key and remedy."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

RULE_BROKEN: Literal["rule_broken"] = "rule_broken"
"""The type of validation errors made by `problem`."""

NAME_PATTERN = r"^[A-Za-z0-9_-]*[A-Za-z_][A-Za-z0-9_-]*$"
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=64)]


def unit(text: str) -> JsonDict:
    """The `json_schema_extra` that names the unit of a key; the reference and the JSON Schema print it."""
    return {"unit": text}


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be, or None."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    matches = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def suggestion(word: str, candidates: Sequence[str], what: str) -> str:
    """A remedy in words: the closest candidate, or all of them (at most a dozen are listed)."""
    match = closest(word, candidates)
    if match is not None:
        return f"did you mean {match}?"
    if not candidates:
        return f"there are no {what} here"
    listed = ", ".join(candidates[:12]) + (", ..." if len(candidates) > 12 else "")
    return f"{what}: {listed}"


def problem(message: str, *, key: Sequence[str | int] = (), remedy: str = "") -> PydanticCustomError:
    """A validation error to raise; `key` is the path from the block that raises it to the culprit."""
    return PydanticCustomError(RULE_BROKEN, "{message}", {"message": message, "key": list(key), "remedy": remedy})


class Block(BaseModel):
    """Base of all blocks: frozen, strict (no string is a number, no number a string), no unknown key, no NaN."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


def _iso_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise problem(f"not a date of the calendar, got {value}", remedy="write YYYY-MM-DD") from error
    raise problem(f"must be a date, got {value!r:.80}", remedy="write YYYY-MM-DD, such as 2024-06-21")


IsoDate = Annotated[date, BeforeValidator(_iso_date)]
