"""Under which names a browser may reach the page: this machine's own, and those that the user vouches for."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING

from simhedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = (LOOPBACK, "localhost")
EVERYWHERE = "0.0.0.0"
USUAL_PORTS = ("", "80", "443")  # browsers leave them out of what they send
LARGEST_PORT = 65_535
ABROAD = ("192.0.2.1", 9)  # an address that nobody has (RFC 5737), beyond every local network
_WRITTEN = re.compile(r"(?P<host>[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(?P<port>\d{1,5}))?")


def own_origins(address: str, port: int) -> list[str]:
    """HOST:PORT of all names and addresses of this machine at which a server at `address` and `port` answers."""
    names = LOOPBACK_NAMES if address in LOOPBACK_NAMES else (address, *LOOPBACK_NAMES, *_names_of_this_machine())
    return [f"{name.lower()}:{port}" for name in dict.fromkeys(names)]


def foreign_origin(written: str) -> str:
    """What a browser that comes through HOST[:PORT] says of itself, as the server compares it; else an InputError."""
    found = _WRITTEN.fullmatch(written.lower())
    if found is None or int(found["port"] or 1) not in range(1, LARGEST_PORT + 1):
        remedy = "expected HOST or HOST:PORT as in the browser's address, without http://, path, * or token"
        raise InputError("no origin of a page", key="--origin", value=written, remedy=f"{remedy}; got {written!r:.80}")
    # the server takes port 80 for granted where a browser names none, with https too
    return f"{found['host']}:{'80' if (found['port'] or '') in USUAL_PORTS else int(found['port'])}"


def leads_here_alone(origins: Sequence[str]) -> bool:
    """True where all origins are names of this machine for itself, as with a port that ssh forwards to it."""
    return all(origin.rpartition(":")[0] in LOOPBACK_NAMES for origin in origins)


def outward_address() -> str | None:
    """The IPv4 address from which this machine reaches others, so by which they reach it; None without a route.

    To connect a datagram socket chooses the route and sends nothing.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ABROAD)
            return str(probe.getsockname()[0])
        except OSError:
            return None


def _names_of_this_machine() -> list[str]:
    """Names and IPv4 addresses under which others reach this machine."""
    name = socket.gethostname()
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET)}
    except OSError:
        found = set()
    outward = outward_address()
    return [name, socket.getfqdn(), *([] if outward is None else [outward]), *sorted(found)]
