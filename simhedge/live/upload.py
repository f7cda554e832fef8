"""A chain file that a reader handed over: read as data, or refused in words that lead on in the page."""

from __future__ import annotations

import base64
import binascii
import logging
from typing import NamedTuple

from simhedge.chains.reading import chain_from_bytes
from simhedge.chains.table import GIVE_QUOTE_TIME, GIVE_SPOT, NAME_ROOT, reworded
from simhedge.errors import InputError, SimhedgeError
from simhedge.live.upload_guard import LARGEST_UPLOAD
from simhedge.snapshots import Overrides, Snapshot, take_snapshot

LONGEST_NAME = 80  # characters shown of a file's name
ASKED = {"spot": GIVE_SPOT, "quote_time": GIVE_QUOTE_TIME, "root": NAME_ROOT}  # what a remedy may ask for
log = logging.getLogger(__name__)


class Upload(NamedTuple):
    """A file by name, its content in base64, and what the reader knows better than the file."""

    name: str
    content: str
    known: Overrides = Overrides()

    @property
    def shown(self) -> str:
        """The name as it is shown."""
        return self.name[:LONGEST_NAME]


def read_upload(upload: Upload) -> Snapshot | SimhedgeError:
    """The chain and its levels, or why there are none; what simhedge itself fails at is told to the log as well."""
    try:
        content = _decoded(upload)
        return take_snapshot(chain_from_bytes(content, upload.known.request(upload.shown)))
    except SimhedgeError as error:
        return error
    except Exception as error:
        log.exception("a file that was opened in the page could not be read")
        told = f"could not be read: simhedge failed at it ({type(error).__name__})"
        return InputError(told, file=upload.shown, remedy="the terminal says where; open another file")


def too_large(name: str) -> InputError:
    """The refusal of a file that is too large."""
    remedy = f"files up to {LARGEST_UPLOAD // 1024**2} MB can be opened here; use `simhedge live --chain FILE`"
    return InputError("too large to be opened in the page", file=name[:LONGEST_NAME], remedy=remedy)


def asked_by(error: SimhedgeError) -> list[str]:
    """Names of ASKED that would help against an error."""
    return [name for name, words in ASKED.items() if name == error.key or words in (error.remedy or "")]


def in_words(error: SimhedgeError) -> str:
    """An error with its remedy in terms of the page, where the command line's options are fields beside the file."""
    remedy = reworded(
        error.remedy or "",
        spot="give the spot in its field here",
        quote_time="give the quote time in its field here",
        root="the field for the root here",
    )
    return str(InputError(error.message, file=error.file, line=error.line, key=error.key, remedy=remedy or None))


def _decoded(upload: Upload) -> bytes:
    """The bytes of an upload, or an InputError where there are too many or they are damaged."""
    if len(upload.content) > LARGEST_UPLOAD * 4 // 3 + 4:
        raise too_large(upload.name)
    try:
        decoded = base64.b64decode(upload.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError("did not arrive whole", file=upload.shown, remedy="open it again") from error
    if not decoded.strip():
        raise InputError("the file is empty", file=upload.shown, remedy="download the chain again")
    return decoded
