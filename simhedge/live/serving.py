"""The server of the live page: where it listens, who may come in, and how much they may send."""

from __future__ import annotations

import errno
import logging
import secrets
import socket
import warnings
from typing import TYPE_CHECKING, NamedTuple

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import Server

from simhedge.errors import InputError
from simhedge.live.access import Visitors
from simhedge.live.origins import (
    EVERYWHERE,
    LOOPBACK,
    LOOPBACK_NAMES,
    foreign_origin,
    leads_here_alone,
    outward_address,
    own_origins,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bokeh.document import Document

LARGEST_MESSAGE = 48 * 1024 * 1024  # bytes; what is uploaded comes as base64, a third larger
# After which a closed tab's session ends, or one that a slow browser has not come to: as long as a tab that was cut off
# goes on trying to come back. The market of a closed tab stands still meanwhile, since nobody answers.
UNUSED_MS = 60_000
SESSION_SECONDS = 86_400  # in which a tab may come back to its session
# Bokeh warns of every message that was on its way to a tab when it was closed.
logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)
# And of the roots of a document that a browser which comes back tells it of.
warnings.filterwarnings("ignore", "reference already known")


class Served(NamedTuple):
    """A server that listens, and the address to open."""

    server: Server
    url: str


def serve(
    open_document: Callable[[Document], None], port: int = 0, address: str = LOOPBACK, origins: Sequence[str] = ()
) -> Served:
    """Listen at `address` and `port` (0: any free one); every tab gets a document from `open_document`.

    `origins`: HOST[:PORT] of proxies and forwarded ports through which browsers come. Where anybody but this machine
    can come, the page asks for a token, which is part of the returned address. Raises InputError where the address or
    the port cannot be had.
    """
    foreign = [foreign_origin(origin) for origin in origins]
    token = None if address in LOOPBACK_NAMES and leads_here_alone(foreign) else secrets.token_urlsafe(24)
    listening = _listen(address, port)
    found = listening.getsockname()[1]
    listening.close()
    known = list(dict.fromkeys([*own_origins(address, found), *foreign]))
    server = Server(
        {"/": Application(FunctionHandler(open_document))},
        address=address,
        port=found,
        allow_websocket_origin=known,
        sign_sessions=True,
        secret_key=secrets.token_bytes(32),
        session_token_expiration=SESSION_SECONDS,
        websocket_max_message_size=LARGEST_MESSAGE,
        unused_session_lifetime_milliseconds=UNUSED_MS,
        check_unused_sessions_milliseconds=UNUSED_MS // 3,
        auth_provider=Visitors(known, token),
    )
    server.start()
    shown = (outward_address() or LOOPBACK) if address == EVERYWHERE else address
    return Served(server, f"http://{shown}:{found}/" + ("" if token is None else f"?token={token}"))


def _listen(address: str, port: int) -> socket.socket:
    """A socket bound to the address, or an InputError that says what is wrong with it."""
    if ":" in address or not address:  # Bokeh knows no origin with colons in its host
        remedy = f"give an IPv4 address or name of this machine, or {EVERYWHERE} for all of them"
        raise InputError("only IPv4 can be listened at", key="--address", value=address, remedy=remedy)
    probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((address, port))
    except (OSError, OverflowError) as error:
        probe.close()
        raise _refused(error, address, port) from error
    return probe


def _refused(error: Exception, address: str, port: int) -> InputError:
    """What is wrong with an address or a port at which nobody can listen."""
    place, number = f"{address}:{port}", getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return InputError("is in use", key="--port", value=place, remedy="choose another --port, or leave it out")
    if number == errno.EACCES:
        remedy = "ports below 1024 need special rights: choose a higher --port, or leave it out"
        return InputError("may not be listened at", key="--port", value=place, remedy=remedy)
    told = f"cannot be listened at: {error}"
    return InputError(told, key="--address", value=place, remedy="give an address of this machine")
