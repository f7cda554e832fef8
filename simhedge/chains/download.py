"""The answer of an http(s) address, whole and within a deadline; whatever goes wrong is told in words.

The download runs in a thread of its own, because neither the look-up of a name nor a server that sends a byte a second
can be given up in any other way. Who waits can be interrupted at any time.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from typing import Any, NamedTuple

from simhedge.chains.source import LARGEST_SOURCE, Fetched, Version, read_at_most, too_large
from simhedge.errors import InputError

SECONDS_OF_SILENCE = 20.0
_SLICE = 0.1  # seconds between looks at the deadline, and the longest that an interruption waits
_ZLIB_OR_GZIP, _BARE_DEFLATE = 47, -15
_MEANT_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%~"  # all else that is no letter or digit of ASCII is quoted
_REDIRECTIONS = (301, 302, 303, 307, 308)
_REMEDIES = {
    401: "the address needs a login",
    403: "the server does not allow it: check the address",
    404: "check the address",
    410: "check the address",
    429: "ask less often",
}


class _Line(NamedTuple):
    """What the waiting and the loading thread share: open sockets, the outcome, and who has finished."""

    sockets: list[socket.socket]
    outcome: list[Fetched | BaseException | None]
    done: threading.Event
    given_up: threading.Event


class _FewRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5


def download(address: str, known: Version | None, seconds: float) -> Fetched | None:
    """The content at the address, loaded within `seconds`; None where the server says that `known` still holds."""
    line = _Line([], [], threading.Event(), threading.Event())
    threading.Thread(target=_load, args=(address, known, seconds, line), name="download", daemon=True).start()
    deadline = time.monotonic() + seconds
    try:
        while not line.done.wait(_SLICE):
            if time.monotonic() >= deadline:
                raise InputError(f"not loaded within {seconds:g} s", file=address, remedy="try again")
    finally:
        line.given_up.set()
        _hang_up(line)
    outcome = line.outcome[0]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def _load(address: str, known: Version | None, seconds: float, line: _Line) -> None:
    """The thread's work: what comes of it, an error too, is left in `line.outcome`."""
    try:
        line.outcome.append(_answer(address, known, min(seconds, SECONDS_OF_SILENCE), line))
    except BaseException as error:
        line.outcome.append(error)
    finally:
        line.done.set()


def _hang_up(line: _Line) -> None:
    """Shut what is still open, so that a thread nobody waits for ends."""
    if not line.done.is_set():
        for connection in list(line.sockets):
            with contextlib.suppress(OSError, ValueError):
                connection.shutdown(socket.SHUT_RDWR)


def _answer(address: str, known: Version | None, silence: float, line: _Line) -> Fetched | None:
    headers = {"User-Agent": "simhedge", "Accept": "*/*", "Accept-Encoding": "gzip"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        request = urllib.request.Request(urllib.parse.quote(address, safe=_MEANT_IN_ADDRESSES), headers=headers)
        with _opener(address, line).open(request, timeout=silence) as answer:
            return Fetched(_whole_content(answer, address), _version(answer.headers))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 304 and known is not None:
            return None
        raise _refused(error, address) from None
    except http.client.IncompleteRead as error:
        raise _broken_off(address) from error
    except (OSError, ValueError, OverflowError, http.client.HTTPException) as error:
        told = f"cannot be fetched: {_in_words(error, silence)}"
        raise InputError(told, file=address, remedy="check the address, try later") from error


def _opener(address: str, line: _Line) -> urllib.request.OpenerDirector:
    """An opener for http and https alone, by way of the user's proxy unless the address is on this machine."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler({} if _is_this_machine(address) else None),
        *_handlers(line),
        _FewRedirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _handlers(line: _Line) -> list[urllib.request.BaseHandler]:
    """Handlers of http and https whose connections leave their sockets in `line`."""

    def remember(connection: http.client.HTTPConnection) -> None:
        line.sockets.append(connection.sock)
        if line.given_up.is_set():
            connection.close()
            raise OSError("given up")

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            remember(self)

    class Secure(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            remember(self)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(Secure, req)

    return [PlainHandler(), SecureHandler()]


def _is_this_machine(address: str) -> bool:
    host = urllib.parse.urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _version(headers: Any) -> Version:
    return Version(headers.get("ETag"), headers.get("Last-Modified"))


def _whole_content(answer: Any, address: str) -> bytes:
    """The content as the server promised it, its encoding undone."""
    content = read_at_most(answer, address)
    promised = answer.headers.get("Content-Length", "")
    if promised.isdecimal() and len(content) < int(promised):
        raise _broken_off(address, f" after {len(content):,} of {int(promised):,} bytes")
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return content
    if encoding not in ("gzip", "x-gzip", "deflate"):
        told = f"sent as {_printable(encoding)}, which cannot be read"
        raise InputError(told, file=address, remedy="load it by hand")
    return _inflated(content, encoding, address)


def _inflated(content: bytes, encoding: str, address: str) -> bytes:
    """What was compressed, if it is no more than a chain can have; some servers send `deflate` without its header."""
    is_bare = encoding == "deflate" and int.from_bytes(content[:2], "big") % 31 != 0
    stream = zlib.decompressobj(_BARE_DEFLATE if is_bare else _ZLIB_OR_GZIP)
    try:
        inflated = stream.decompress(content, LARGEST_SOURCE + 1)
    except zlib.error as error:
        raise InputError(
            f"the answer is not the {encoding} it claims to be", file=address, remedy="try again"
        ) from error
    if len(inflated) > LARGEST_SOURCE:
        raise too_large(address)
    if not stream.eof:
        raise _broken_off(address, f" after {len(content):,} bytes")
    return inflated


def _broken_off(address: str, where: str = "") -> InputError:
    return InputError(f"the answer broke off{where}", file=address, remedy="try again")


def _refused(error: urllib.error.HTTPError, address: str) -> InputError:
    if error.code in _REDIRECTIONS:
        told = f"the server redirects in circles or to nowhere ({error.code})"
        return InputError(told, file=address, remedy="check the address")
    told = f"the server answered {error.code} {_printable(str(error.reason))}".rstrip()
    return InputError(told, file=address, remedy=_REMEDIES.get(error.code, "try later"))


def _in_words(error: Exception, silence: float) -> str:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, TimeoutError):
        return f"no answer for {silence:g} s"
    return _printable(str(getattr(reason, "strerror", None) or reason) or type(reason).__name__)


def _printable(text: str) -> str:
    """The start of a text that a server wrote, fit for a terminal."""
    return "".join(letter for letter in text if letter.isprintable())[:120]
