"""The bytes of a chain: from a file, a pipe or an http(s) address; whatever goes wrong is told in words."""

from __future__ import annotations

import difflib
import os
import stat
from pathlib import Path
from typing import IO, NamedTuple

from simhedge.errors import InputError

LARGEST_SOURCE = 512 * 1024 * 1024  # bytes; the largest chains seen have 10 MB
SECONDS_TO_LOAD = 60.0
_BLOCK = 1024 * 1024


class Version(NamedTuple):
    """What a server said of the version that it sent; sent back, it need not send the same again."""

    etag: str | None = None
    last_modified: str | None = None


class Fetched(NamedTuple):
    """Content, not empty, and its version where a server told one (a file has none)."""

    content: bytes
    version: Version | None = None


def is_address(source: str | os.PathLike[str]) -> bool:
    """Whether the source is an http(s) address and not a file."""
    return str(source).lower().startswith(("http://", "https://"))


def fetch(source: str | os.PathLike[str], seconds: float = SECONDS_TO_LOAD) -> bytes:
    """The content at a path or address, not empty; an address has `seconds` for all of it."""
    fetched = fetch_newer(source, None, seconds)
    assert fetched is not None, "without a known version there is always content"
    return fetched.content


def fetch_newer(
    source: str | os.PathLike[str], known: Version | None, seconds: float = SECONDS_TO_LOAD
) -> Fetched | None:
    """The content at a path or address, not empty; None where a server says that the `known` version still holds."""
    fetched = _download(str(source), known, seconds) if is_address(source) else Fetched(_file_content(Path(source)))
    if fetched is not None and (not fetched.content or fetched.content.isspace()):
        raise InputError("the file is empty", file=str(source), remedy="download the chain again")
    return fetched


def _download(address: str, known: Version | None, seconds: float) -> Fetched | None:
    # What speaks http takes 50 ms to load, which only addresses should pay.
    from simhedge.chains.download import download

    return download(address, known, seconds)


def _file_content(path: Path) -> bytes:
    file = str(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise InputError("is a directory", file=file, remedy="give the option-chain file in it")
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise InputError("is a device, not a file", file=file, remedy="give an option-chain file")
        with path.open("rb") as stream:
            return _unchanging_content(stream, file)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("no such file", file=file, remedy=_what_to_check(path)) from None
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot be read: {told}", file=file, remedy="check its name and permissions") from error


def _unchanging_content(stream: IO[bytes], file: str) -> bytes:
    """The content of an open file that nobody writes at the same time; a pipe's, up to its end."""
    before = os.fstat(stream.fileno())
    if stat.S_ISREG(before.st_mode) and before.st_size > LARGEST_SOURCE:
        raise too_large(file)
    content = read_at_most(stream, file)
    after = os.fstat(stream.fileno())
    if stat.S_ISREG(before.st_mode) and (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError("was written to while it was read", file=file, remedy="try again when it is complete")
    return content


def read_at_most(stream: IO[bytes], file: str) -> bytes:
    """What is left in the stream; an InputError that names `file` where that is more than any chain has."""
    blocks: list[bytes] = []
    length = 0
    while block := stream.read(_BLOCK):
        blocks.append(block)
        length += len(block)
        if length > LARGEST_SOURCE:
            raise too_large(file)
    return b"".join(blocks)


def too_large(file: str) -> InputError:
    """The error about a source that is larger than any chain."""
    limit = f"{LARGEST_SOURCE // 1024**2} MB"
    return InputError(f"more than {limit}: no option chain is so large", file=file, remedy="check the path")


def _what_to_check(path: Path) -> str:
    if ":/" in str(path):
        return "addresses start with http:// or https://"
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return "check the path"
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean {path.parent / near[0]}?" if near else "check the path"
