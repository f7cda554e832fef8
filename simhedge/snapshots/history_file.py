"""The file of a level history: Parquet that grows and is never lost, or CSV that is written once."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from simhedge.errors import InputError

KEY = ("symbol", "quote_time")
METADATA_KEY = b"simhedge"
KIND = "level_history"
PARQUET_SUFFIXES = (".parquet", ".pq")

_TEXTS = ("symbol", "file", "format", "gamma_source", "zero_gamma_rule", "wall_rule")
_COUNTS = ("zero_gamma_roots", "contracts_used")
_MOMENT = "datetime64[us, UTC]"


class Saved(NamedTuple):
    """Rows in the file now, how many of them were not there before, and how many took the place of an older one."""

    rows: int
    added: int
    replaced: int


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """The table with text, counts and moments as such and everything else as floats, NaN where there is none."""
    kinds = {name: _kind(name) for name in map(str, table.columns)}
    return table.astype(kinds)


def _kind(column: str) -> str:
    if column == "quote_time":
        return _MOMENT
    if column in _TEXTS or column.endswith("_unit"):
        return "str"
    return "int64" if column in _COUNTS else "float64"


def check_history_file(path: str | Path, conventions: dict[str, Any], *, overwrite: bool = False) -> None:
    """Raise the InputError that saving rows of these conventions at `path` would end in, before they are computed."""
    _former_rows(Path(path), conventions, overwrite)


def save_history(
    table: pd.DataFrame, conventions: dict[str, Any], units: dict[str, str], path: Path, *, overwrite: bool = False
) -> Saved:
    """Merge the rows into the file, or begin it: it is replaced whole or, where an InputError is raised, not at all."""
    former = _former_rows(path, conventions, overwrite)
    merged = table if former is None else pd.concat([former, table], ignore_index=True)
    rows = merged.drop_duplicates(list(KEY), keep="last").sort_values(list(KEY), ignore_index=True)
    rows = rows.reindex(columns=[*table.columns, *(name for name in rows.columns if name not in table.columns)])
    if path.suffix.lower() == ".csv":
        _replace(path, lambda beside: rows.to_csv(beside, index=False))
    else:
        _replace(path, lambda beside: _write_parquet(rows, conventions, units, beside))
    return Saved(len(rows), len(rows) - (0 if former is None else len(former)), len(merged) - len(rows))


def read_history(path: str | Path) -> pd.DataFrame:
    """The rows of a saved history, by symbol and quote time (UTC); of Parquet, `attrs` has the conventions."""
    file = Path(path)
    if file.suffix.lower() != ".csv":
        table, conventions = _read_parquet(file)
        table.attrs["conventions"] = conventions
        return table
    try:
        table = pd.read_csv(file, keep_default_na=False, na_values=[""])
        table["quote_time"] = pd.to_datetime(table["quote_time"], utc=True, format="ISO8601")
        return typed(table)
    except (OSError, ValueError, KeyError) as error:
        raise _no_history(file, error) from error


def _former_rows(path: Path, conventions: dict[str, Any], overwrite: bool) -> pd.DataFrame | None:
    """The rows that must stay, None where there are none; an InputError where the file must not be touched."""
    suffix = path.suffix.lower()
    if suffix not in (".csv", *PARQUET_SUFFIXES):
        raise _refused(path, "neither Parquet nor CSV by its name", "end it in .parquet or .csv")
    if overwrite or not _is_taken(path):
        return None
    if suffix == ".csv":
        raise _refused(path, "exists, and rows are added to Parquet only", "name a .parquet file, or overwrite it")
    try:
        table, before = _read_parquet(path)
    except InputError as error:
        raise _refused(path, f"exists and {error.message}", "name another file, or overwrite it") from error
    asked = json.loads(json.dumps(conventions))
    if before != asked:
        raise _other_conventions(path, before, asked)
    return table


def _is_taken(path: Path) -> bool:
    """Whether there is a file at a place where one may be; an InputError where none may."""
    try:
        if path.is_dir():
            raise _refused(path, "is a directory", "name a file in it")
        if not path.parent.is_dir():
            raise _refused(path, "its directory does not exist", f"make {path.parent} first")
        return os.stat(path).st_size >= 0
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise _refused(path, f"cannot be written: {error}", "name another file") from error


def _read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows and conventions of a saved history; an InputError for any other file."""
    try:
        content = parquet.read_table(io.BytesIO(path.read_bytes()))
        about = json.loads((content.schema.metadata or {}).get(METADATA_KEY, b"{}"))
        if not isinstance(about, dict) or about.get("kind") != KIND:
            raise _no_history(path, None)
        return typed(content.to_pandas()), dict(about["conventions"])
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise _no_history(path, error) from error


def _write_parquet(rows: pd.DataFrame, conventions: dict[str, Any], units: dict[str, str], path: Path) -> None:
    content = pa.Table.from_pandas(rows, preserve_index=False)
    about = {"kind": KIND, "conventions": conventions, "units": units}
    metadata = {**(content.schema.metadata or {}), METADATA_KEY: json.dumps(about).encode()}
    parquet.write_table(content.replace_schema_metadata(metadata), path)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and put that in its place; whatever goes wrong before leaves it as it is."""
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        write(beside)
        os.replace(beside, target)
    except OSError as error:
        told = f"cannot be written: {error.strerror or error}"
        raise _refused(path, told, "check the permissions and the space left") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def _other_conventions(path: Path, before: dict[str, Any], asked: dict[str, Any]) -> InputError:
    names = [name for name in {**before, **asked} if before.get(name) != asked.get(name)]
    told = "; ".join(f"{name} {_shown(before.get(name))} there, {_shown(asked.get(name))} asked" for name in names)
    return _refused(path, f"holds a history of other conventions: {told}", "name another file, or overwrite it")


def _shown(value: Any) -> str:
    return "unset" if value is None else value if isinstance(value, str) else json.dumps(value)


def _no_history(path: Path, cause: Exception | None) -> InputError:
    if isinstance(cause, FileNotFoundError):
        return InputError("no such file", file=str(path), remedy="check the path")
    told = "is no level history of simhedge"
    return InputError(told, file=str(path), remedy="give a file that `simhedge levels --out` wrote")


def _refused(path: Path, message: str, remedy: str) -> InputError:
    return InputError(message, file=str(path), key="--out", value=str(path), remedy=remedy)
