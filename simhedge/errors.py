"""Errors that a user can act on: each names the file, the line, the key, the value and the remedy."""

from __future__ import annotations

from typing import Any


class SimhedgeError(Exception):
    """Base of all errors that end a command with a message instead of a traceback."""

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        value: Any = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.key = key
        self.value = value
        self.remedy = remedy

    def as_dict(self) -> dict[str, Any]:
        """The error as the JSON object that `--json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "key": self.key,
            "value": None if self.value is None else str(self.value),
            "remedy": self.remedy,
            "message": self.message,
        }

    def __str__(self) -> str:
        place = "" if self.file is None else (f"{self.file}: " if self.line is None else f"{self.file}:{self.line}: ")
        subject = "" if self.key is None else f"{self.key}: "
        remedy = "" if self.remedy is None else f" ({self.remedy})"
        return f"{place}{subject}{self.message}{remedy}"


class InputError(SimhedgeError):
    """Something the user wrote or handed over cannot be used (exit code 2)."""

    exit_code = 2


class ResourceError(SimhedgeError):
    """The request is valid but this machine has not the memory for it (exit code 3)."""

    exit_code = 3
