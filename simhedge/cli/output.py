"""What the commands write: documents and tables to standard output, words about trouble to standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any, TextIO

from simhedge.errors import SimhedgeError

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDEST = 100


def print_text(text: str) -> None:
    """Write one piece of text and a newline to standard output; quiet when the reader of a pipe has left."""
    _write(sys.stdout, text + "\n")


def print_json(document: Any) -> None:
    """Write the one JSON document of a command to standard output."""
    print_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_json_line(document: Any) -> None:
    """Write one JSON document on one line, for commands that go on and on."""
    print_text(json.dumps(document, ensure_ascii=False, allow_nan=False))


def print_table(renderable: RenderableType, *, to_stderr: bool = False) -> None:
    """Write a rich renderable, at most 100 columns wide, in colour where the stream is a terminal that shows it."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    width = min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns) if _is_terminal(stream) else WIDEST
    console = Console(file=stream, width=width, highlight=False)
    with console.capture() as capture:
        console.print(renderable)
    lines = (line.rstrip() for line in capture.get().splitlines())
    _write(stream, "\n".join(lines) + "\n")


def say(message: str) -> None:
    """Write one line to standard error."""
    _write(sys.stderr, message + "\n")


def report_error(error: SimhedgeError, *, as_json: bool) -> int:
    """Say what is wrong in words on standard error, as JSON on standard output if asked; returns the exit code."""
    say(f"error: {error}")
    if as_json:
        print_json({"error": error.as_dict()})
    return error.exit_code


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "replace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough: what follows, and the flush at exit, goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
