"""Where the page may be reached, and by whom: without a browser."""

from __future__ import annotations

import asyncio
import errno
import socket
from http.cookies import SimpleCookie
from types import SimpleNamespace
from typing import Any

import pytest
from bokeh.document import Document

from simhedge.errors import InputError
from simhedge.live import serving as module
from simhedge.live.access import COOKIE, Visitors
from simhedge.live.origins import LOOPBACK, outward_address
from simhedge.live.serving import LARGEST_MESSAGE, serve


def nothing(document: Document) -> None:
    """A document without anything in it."""


class Request:
    """As much of a tornado handler as it takes to be let in or refused."""

    def __init__(self, token: str = "", cookie: str | None = None, **headers: str) -> None:
        self.token, self.cookie = token, cookie
        self.given: SimpleCookie = SimpleCookie()
        self.told = ""
        self.request = SimpleNamespace(headers={"Host": "127.0.0.1:5006"} | headers)

    def get_query_argument(self, name: str, default: str) -> str:
        assert name == "token"
        return self.token or default

    def get_cookie(self, name: str) -> str | None:
        assert name == COOKIE
        return self.cookie

    def set_cookie(self, name: str, value: str, **options: Any) -> None:
        assert options == {"httponly": True, "samesite": "Strict"}
        self.given[name] = value

    def set_status(self, code: int) -> None:
        assert code == 403

    def set_header(self, name: str, value: str) -> None:
        assert (name, value.partition(";")[0]) == ("Content-Type", "text/plain")

    def finish(self, told: str) -> None:
        self.told = told


def let_in(request: Request, token: str | None = "secret") -> bool:
    """Whether a page known as 127.0.0.1:5006 and as dash.example.com lets a request in."""
    known = Visitors(["127.0.0.1:5006", "dash.example.com:80"], token)

    async def visit() -> bool:
        return await known.get_user_async(request) is not None

    return asyncio.run(visit())


def test_the_token_lets_in_once_and_a_cookie_from_then_on() -> None:
    first = Request(token="secret")
    assert let_in(first)
    assert first.given[COOKIE].value == "secret"
    later = Request(cookie="secret")
    assert let_in(later)
    assert not later.given


@pytest.mark.parametrize("request_", [Request(), Request(token="secre"), Request(cookie="other"), Request(token="é")])
def test_nobody_else_is_let_in(request_: Request) -> None:
    assert not let_in(request_)
    assert not request_.given


@pytest.mark.parametrize("token", [None, "secret"])
def test_a_name_that_is_not_known_is_refused_with_the_remedy(token: str | None) -> None:
    """Its owner may have let it lead here, so that a page of theirs is of the same origin."""
    stranger = Request(token="secret", Host="Evil.example.com:5006", Origin="http://evil.example.com:5006")
    assert not let_in(stranger, token)
    assert stranger.told.endswith("If that is you: --origin evil.example.com:5006\n")
    assert not stranger.given
    assert not let_in(Request(token="secret", Host=""), token)
    assert let_in(Request(token="secret", Host="dash.example.com"), token)


def test_a_websocket_is_opened_by_a_page_of_a_known_name_alone() -> None:
    for origin, known in (
        ("https://dash.example.com", True),
        ("http://127.0.0.1:5006", True),
        ("https://other.example.com", False),
        ("null", False),
    ):
        assert let_in(Request(Upgrade="websocket", Origin=origin), None) is known, origin
    assert let_in(Request(Upgrade="websocket"), None), "a program that is no browser"


def test_only_this_machine_by_default_and_only_pages_of_its_own() -> None:
    served = serve(nothing)
    try:
        assert served.url == f"http://127.0.0.1:{served.server.port}/"
        assert served.server.address == "127.0.0.1"
        tornado = served.server._tornado
        assert tornado.websocket_origins == {f"{name}:{served.server.port}" for name in ("127.0.0.1", "localhost")}
        assert tornado.settings["websocket_max_message_size"] == LARGEST_MESSAGE
        assert tornado.sign_sessions
        assert tornado.session_token_expiration == 86_400, "a tab that was cut off comes back to its session"
        assert tornado.secret_key is not None
        assert len(tornado.secret_key) == 32
    finally:
        served.server.stop()


def test_beyond_it_the_address_carries_a_token_that_is_new_each_time() -> None:
    tokens = set()
    for _ in range(2):
        served = serve(nothing, address="0.0.0.0")
        try:
            base, token = served.url.split("?token=")
            assert base == f"http://{outward_address() or LOOPBACK}:{served.server.port}/"
            assert base[len("http://") : -1] in served.server._tornado.websocket_origins
            assert "*" not in "".join(served.server._tornado.websocket_origins)
            tokens.add(token)
        finally:
            served.server.stop()
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)


def test_the_address_to_open_is_one_that_others_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    for outward, shown in (("192.168.7.8", "192.168.7.8"), (None, "127.0.0.1")):
        monkeypatch.setattr(module, "outward_address", lambda outward=outward: outward)
        served = serve(nothing, address="0.0.0.0")
        served.server.stop()
        assert served.url.startswith(f"http://{shown}:{served.server.port}/?token=")


def test_a_proxy_is_let_in_by_name_and_brings_the_token() -> None:
    """Who comes through a proxy comes from this machine: without a token everybody would be let in."""
    served = serve(nothing, origins=["Dash.example.com", "gate:8443"])
    served.server.stop()
    assert {"dash.example.com:80", "gate:8443"} <= served.server._tornado.websocket_origins
    assert "?token=" in served.url


def test_a_port_forwarded_to_this_machine_needs_no_token() -> None:
    served = serve(nothing, origins=["localhost:8080"])
    served.server.stop()
    assert "localhost:8080" in served.server._tornado.websocket_origins
    assert "?token=" not in served.url


def test_a_port_in_use_and_a_foreign_address_are_refused_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="choose another --port"):
            serve(nothing, port=taken.getsockname()[1])
    with pytest.raises(InputError, match="an address of this machine"):
        serve(nothing, address="192.0.2.1")


def test_a_port_that_needs_rights_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: object, _place: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(InputError, match=r"--port: may not be listened at \(ports below 1024"):
        serve(nothing, port=80)


@pytest.mark.parametrize("address", ["::", "::1", "fe80::1", ""])
def test_addresses_other_than_ipv4_are_refused_in_words(address: str) -> None:
    with pytest.raises(InputError, match=r"--address: only IPv4 can be listened at \(give an IPv4 address"):
        serve(nothing, address=address)
