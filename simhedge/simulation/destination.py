"""The directory that a result is saved in: whether it may be replaced, and replacing it whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from simhedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

MANIFEST = "manifest.json"
PACKAGES = ("simhedge", "numpy", "numba", "pandas", "xarray")
ELSEWHERE = "name a new or empty directory, or one that holds a saved run"


def check_destination(directory: str | Path) -> Path:
    """The absolute place of a result to be saved in `directory`: absent, empty, or a saved run, and writable.

    Raises InputError for anything else, and where DIRECTORY.old, which a save replaces too, is not a saved run.
    """
    try:
        target = Path(directory).resolve()
        if target.exists() and not target.is_dir():
            raise destination_refused(directory, "this is a file, not a directory", ELSEWHERE)
        if Path.cwd().is_relative_to(target) or os.path.ismount(target):
            raise destination_refused(directory, "a directory in use cannot be replaced", "name a directory below it")
        if not _replaceable(target):
            raise destination_refused(directory, "the directory is not empty and holds no saved run", ELSEWHERE)
        if not _replaceable(former(target)):
            raise destination_refused(
                directory, f"{former(target)} is in the way and holds no saved run", "move it away"
            )
        container = next(parent for parent in target.parents if parent.exists())
        if not _accepts_files(container):
            raise destination_refused(directory, f"{container} cannot be written", "choose a directory you may write")
    except (OSError, RuntimeError, ValueError) as error:  # names too long, loops of links, null bytes
        raise destination_refused(directory, getattr(error, "strerror", None) or str(error), ELSEWHERE) from error
    return target


def write_directory(directory: str | Path, write: Callable[[Path], None]) -> Path:
    """Fill `directory` with what `write` writes, whole or not at all, and return it.

    It is written beside its place and swapped in by renames. Raises InputError if the directory holds something that is
    not a saved run, or cannot be written.
    """
    target = check_destination(directory)
    beside = target.with_name(f".{target.name}.new-{os.getpid()}")
    try:
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        write(beside)
        swap_in(beside, target)
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise destination_refused(directory, message, "check permissions and free space") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Path(directory)


def versions() -> dict[str, str]:
    """Versions of the packages that results depend on."""
    return {name: _version(name) for name in PACKAGES}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def former(target: Path) -> Path:
    """Where the former result is while a new one takes its place."""
    return target.parent / f"{target.name}.old"


def _replaceable(place: Path) -> bool:
    """True if nothing is lost when `place` goes: it is absent, an empty directory, or a saved run."""
    if not place.exists():
        return not place.is_symlink()
    if not place.is_dir():
        return False
    if not any(place.iterdir()):
        return True
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        return "simhedge" in manifest["versions"] and "scenario" in manifest
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _accepts_files(directory: Path) -> bool:
    """True if a file can be made here (a read-only file system says yes to os.access for root)."""
    probe = directory / f".simhedge-probe-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def destination_refused(directory: str | Path, message: str, remedy: str) -> InputError:
    """The error about the directory that the user named."""
    return InputError(message, file=str(directory), key="--out", value=str(directory), remedy=remedy)


def swap_in(beside: Path, target: Path) -> None:
    """Put `beside` in the place of `target` by renames; what was there comes back if that fails.

    A crash in between leaves the former result as TARGET.old.
    """
    old = former(target)
    try:
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
        beside.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
