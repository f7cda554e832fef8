"""A saved result of either kind, and the versions that made it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simhedge.errors import InputError
from simhedge.simulation import load_result
from simhedge.simulation.destination import MANIFEST, former, versions
from simhedge.validation.result import KIND, Validation, load_validation

if TYPE_CHECKING:
    from simhedge.simulation.result import Result


class Saved(NamedTuple):
    """A run or a validation, the versions of packages that made it, and the directory it lies in, if it does."""

    found: Result | Validation
    versions: dict[str, str]
    place: Path | None = None


def load_saved(directory: str | Path) -> Saved:
    """The run or validation saved in `directory`; raises InputError where there is none that can be read."""
    given = Path(directory)
    place = next((p for p in (given, former(given.resolve())) if (p / MANIFEST).is_file()), None)
    remedy = "name a directory that `run --out`, `validate --out` or save() wrote"
    if place is None:
        message = "there is no such directory" if not given.exists() else "there is no saved run or validation here"
        raise InputError(message, file=str(given), value=str(given), remedy=remedy)
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        kind, made_by = manifest.get("kind", "run"), {str(k): str(v) for k, v in manifest["versions"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"its {MANIFEST} cannot be read ({type(error).__name__}: {error})"
        raise InputError(message, file=str(place), value=str(given), remedy=remedy) from error
    if kind not in ("run", KIND):
        raise InputError(f"it holds a {kind}, of which there is no report", file=str(place), value=kind, remedy=remedy)
    return Saved(load_validation(place) if kind == KIND else load_result(place), made_by, given)


def as_saved(result: Result | Validation | str | Path) -> Saved:
    """A result in memory, made by the versions at hand, or the one saved in a directory."""
    return load_saved(result) if isinstance(result, str | Path) else Saved(result, versions())
