"""The server of the live page: where it listens, who may come in, and how much they may send."""

from __future__ import annotations

import logging
import secrets
import socket
from typing import TYPE_CHECKING, NamedTuple

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.auth_provider import NullAuth
from bokeh.server.server import Server

from simhedge.errors import InputError
from simhedge.live.access import TokenRequired

if TYPE_CHECKING:
    from collections.abc import Callable

    from bokeh.document import Document

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = (LOOPBACK, "localhost")
LARGEST_MESSAGE = 48 * 1024 * 1024  # bytes; what is uploaded comes as base64, a third larger
UNUSED_MS = 10_000  # after which a closed tab's session ends, or one that a slow browser has not come to
# Bokeh warns of every message that was on its way to a tab when it was closed.
logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)


class Served(NamedTuple):
    """A server that listens, and the address to open."""

    server: Server
    url: str


def serve(open_document: Callable[[Document], None], port: int = 0, address: str = LOOPBACK) -> Served:
    """Listen at `address` and `port` (0: any free one); every tab gets a document from `open_document`.

    Beyond this machine's own address the page asks for a token, which is part of the returned address. Raises
    InputError where the address or the port cannot be had.
    """
    token = None if address in LOOPBACK_NAMES else secrets.token_urlsafe(24)
    listening = _listen(address, port)
    found = listening.getsockname()[1]
    listening.close()
    names = LOOPBACK_NAMES if token is None else (address, *LOOPBACK_NAMES, *_names_of_this_machine())
    server = Server(
        {"/": Application(FunctionHandler(open_document))},
        address=address,
        port=found,
        allow_websocket_origin=[f"{name}:{found}" for name in dict.fromkeys(names)],
        sign_sessions=True,
        secret_key=secrets.token_bytes(32),
        websocket_max_message_size=LARGEST_MESSAGE,
        unused_session_lifetime_milliseconds=UNUSED_MS,
        check_unused_sessions_milliseconds=UNUSED_MS // 3,
        auth_provider=NullAuth() if token is None else TokenRequired(token),
    )
    server.start()
    shown = LOOPBACK if address in ("0.0.0.0", "::") else address
    return Served(server, f"http://{shown}:{found}/" + ("" if token is None else f"?token={token}"))


def _listen(address: str, port: int) -> socket.socket:
    """A socket bound to the address, or an InputError that says what is wrong with it."""
    probe = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((address, port))
    except (OSError, OverflowError) as error:
        probe.close()
        taken = isinstance(error, OSError) and error.errno == 98
        remedy = "choose another --port, or leave it out" if taken else "give an address of this machine"
        told = "is in use" if taken else f"cannot be listened at: {error}"
        raise InputError(
            told, key="--port" if taken else "--address", value=f"{address}:{port}", remedy=remedy
        ) from error
    return probe


def _names_of_this_machine() -> list[str]:
    """Names and addresses under which others reach this machine."""
    name = socket.gethostname()
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(name, None)}
    except OSError:
        found = set()
    return [name, socket.getfqdn(), *sorted(map(str, found))]
