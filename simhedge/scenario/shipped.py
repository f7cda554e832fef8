"""The scenarios that come with simhedge, by name."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def shipped_directory() -> Path | None:
    """Where the scenarios of this installation lie: inside the package, or beside it in a source checkout."""
    installed = _PACKAGE / "_scenarios"
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "scenarios").is_dir():
        return checkout / "scenarios"
    return None


def shipped_scenarios() -> dict[str, Path]:
    """The scenario files by name (the file's name without .yaml), in alphabetical order."""
    directory = shipped_directory()
    return {} if directory is None else {path.stem: path for path in sorted(directory.glob("*.yaml"))}
