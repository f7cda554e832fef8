"""Who may reach the page and what they may do: addresses, origins, tokens, paths, sizes, text that is markup."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import socket
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from live_pages import Program, Tab, live_program, page_of
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from simhedge.live.origins import outward_address
from simhedge.live.serving import LARGEST_MESSAGE
from simhedge.live.upload import Upload, read_upload

Answer = TypeVar("Answer")
SESSION = re.compile(r'"token":"([^"]+)"')
PROXY = "dash.example.com"
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Site:
    """What one asks a server over HTTP, as its user or as somebody else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.port is not None
        self.host, self.port = parts.hostname, parts.port
        self.token = parse_qs(parts.query).get("token", [""])[0]

    def get(self, path: str = "/", **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Status, headers and text of an answer; `headers` with _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={key.replace("_", "-"): text for key, text in headers.items()})
            answer = connection.getresponse()
            with answer:
                body = "" if answer.status == 101 else answer.read().decode("utf-8", "replace")
            return answer.status, answer.headers, body
        finally:
            connection.close()

    def session(self, path: str = "/") -> str:
        """The token of a new session, as its page holds it."""
        found = SESSION.search(self.get(path)[2])
        assert found is not None
        return found[1]

    def cookie(self) -> str:
        """What a browser that was given the token sends from then on."""
        return self.get(f"/?token={self.token}")[1]["Set-Cookie"].split(";")[0]

    def handshake(self, session: str, origin: str, **headers: str) -> int:
        """Status of an attempt to open the websocket of a session; 101 is success."""
        asked = HANDSHAKE | {"Origin": origin, "Sec-WebSocket-Protocol": f"bokeh, {session}"}
        return self.get("/ws", **asked, **headers)[0]

    async def connect(self, session: str, **headers: str) -> WebSocketClientConnection:
        """A websocket from the right origin."""
        kept = {"Origin": f"http://127.0.0.1:{self.port}"} | headers
        asked = HTTPRequest(f"ws://127.0.0.1:{self.port}/ws", headers=kept)
        return await websocket_connect(asked, subprotocols=["bokeh", session])

    def first_word(self, session: str, **headers: str) -> str | bytes | None:
        """The first message over a websocket; None where the server closes it instead."""

        async def listen() -> str | bytes | None:
            connection = await self.connect(session, **headers)
            word = await connection.read_message()
            connection.close()
            if word is not None:
                await until_closed(connection)
            return word

        return finished(listen())


async def until_closed(connection: WebSocketClientConnection) -> None:
    while await connection.read_message() is not None:
        pass


def finished(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What work comes to in a loop of its own, beside the one that drives the browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(60)


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with live_program() as running:
        yield running


@pytest.fixture(scope="module")
def guarded() -> Iterator[Site]:
    with live_program("--address", "0.0.0.0", "--origin", PROXY, complaints=True) as running:
        yield Site(running.url)


@pytest.fixture(scope="module")
def careless() -> Iterator[Site]:
    """A server that may complain of what it is sent."""
    with live_program(complaints=True) as running:
        yield Site(running.url)


def reachable(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


def test_it_listens_on_loopback_alone(program: Program) -> None:
    port = Site(program.url).port
    assert reachable("127.0.0.1", port)
    assert not reachable("127.0.0.2", port)


def test_the_websocket_opens_for_the_page_itself(program: Program) -> None:
    site = Site(program.url)
    assert site.handshake(site.session(), f"http://127.0.0.1:{site.port}") == 101
    assert site.handshake(site.session(), f"http://localhost:{site.port}") == 101


@pytest.mark.parametrize(
    "origin",
    ["http://example.com", "null", "http://127.0.0.1:1", "http://127.0.0.1.example.com:{port}", "file://"],
)
def test_other_origins_are_refused(program: Program, origin: str) -> None:
    site = Site(program.url)
    assert site.handshake(site.session(), origin.format(port=site.port)) == 403


def test_a_session_that_the_server_did_not_sign_is_not_opened(careless: Site) -> None:
    session = careless.session()
    assert careless.first_word(session) is not None
    assert careless.first_word(session[:-4] + "AAAA") is None


def test_other_pages_may_not_read_what_is_served(program: Program) -> None:
    status, headers, _ = Site(program.url).get("/", Origin="http://example.com")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] is None


@pytest.mark.parametrize("path", ["/", "/autoload.js?bokeh-autoload-element=1", "/metadata", "/?token=", "/?token=no"])
def test_beyond_this_machine_the_token_is_needed(guarded: Site, path: str) -> None:
    status, headers, _ = guarded.get(path)
    assert status in (302, 401, 403)
    if status == 302:
        status, _, text = guarded.get(headers["Location"])
        assert status == 403
        assert "needs a token" in text


def test_the_token_gives_a_cookie_and_that_opens_the_websocket(guarded: Site) -> None:
    assert len(guarded.token) >= 32
    status, headers, _ = guarded.get(f"/?token={guarded.token}")
    assert status == 200
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    kept = cookie.split(";")[0]
    assert guarded.get("/", Cookie=kept)[0] == 200
    session = guarded.session(f"/?token={guarded.token}")
    assert guarded.first_word(session, Cookie=kept) is not None
    assert guarded.first_word(session) is None
    assert guarded.first_word(session, Cookie=kept[:-1]) is None
    assert guarded.handshake(session, "http://example.com", Cookie=kept) == 403


def test_others_come_by_the_outward_address_and_through_the_proxy(guarded: Site) -> None:
    assert guarded.host == (outward_address() or "127.0.0.1")
    session, kept = guarded.session(f"/?token={guarded.token}"), guarded.cookie()
    assert guarded.handshake(session, f"http://{guarded.host}:{guarded.port}", Cookie=kept) == 101
    assert guarded.handshake(session, f"https://{PROXY}", Cookie=kept, Host=PROXY) == 101


@pytest.mark.parametrize("origin", [f"https://{PROXY}:8443", f"https://{PROXY}.evil.org", "https://other.example.com"])
def test_a_name_that_the_user_did_not_vouch_for_is_refused(guarded: Site, origin: str) -> None:
    session, kept = guarded.session(f"/?token={guarded.token}"), guarded.cookie()
    assert guarded.handshake(session, origin, Cookie=kept, Host=urlsplit(origin).netloc) == 403


def test_a_name_that_somebody_lets_lead_here_is_refused(program: Program) -> None:
    """A page loaded from it would be of the same origin as what it asks for."""
    site, name = Site(program.url), "rebound.example.com"
    status, _, text = site.get("/", Host=f"{name}:{site.port}")
    assert status == 403
    assert f"--origin {name}:{site.port}" in text
    assert site.handshake(site.session(), f"http://{name}:{site.port}", Host=f"{name}:{site.port}") == 403


@pytest.mark.parametrize(
    "path",
    ["/static/../../../../../../etc/passwd", "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd"],
)
def test_no_path_leads_out_of_the_static_files(program: Program, path: str) -> None:
    status, _, text = Site(program.url).get(path)
    assert status in (400, 403, 404)
    assert "root:" not in text


def test_a_message_beyond_the_limit_ends_its_connection_alone(browser: Any, program: Program) -> None:
    site = Site(program.url)

    async def sent_too_much() -> int | None:
        connection = await site.connect(site.session())
        assert await connection.read_message() is not None
        sending = asyncio.ensure_future(connection.write_message(b"0" * (LARGEST_MESSAGE + 1), binary=True))
        await until_closed(connection)
        connection.close()
        await asyncio.gather(sending, return_exceptions=True)
        return connection.close_code

    with Tab(browser, program.url) as tab:
        assert finished(sent_too_much()) in (1009, None)  # the code of it, or cut off before it came
        tab.updates(3)
        assert tab.said == []


def test_text_of_the_user_is_never_markup() -> None:
    """Names in scenarios cannot be markup, since they are checked; the page does not rely on that."""
    page = page_of("<script>alert(1)</script>")
    assert "<script>" not in page.title.text
    assert "&lt;script&gt;" in page.title.text
    hostile = "<img src=x onerror=alert(1)>"
    upload = Upload("../../" + hostile, "bm8gY2hhaW4=")
    page.chain.open(upload, read_upload(upload))
    assert "<img" not in page.chain.status.text
    assert "&lt;img" in page.chain.status.text


def test_the_page_writes_no_file_of_an_upload(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    upload = Upload("../written.csv", "bm8gY2hhaW4=")
    page_of("plain").chain.open(upload, read_upload(upload))
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "written.csv").exists()


def test_scenarios_hold_no_code(tmp_path: Any) -> None:
    from simhedge.errors import InputError
    from simhedge.scenario import load_scenario

    file = tmp_path / "hostile.yaml"
    file.write_text("!!python/object/apply:os.system ['touch written']\n")
    with pytest.raises(InputError):
        load_scenario(file)
    file.write_text(json.dumps({"extends": "regime_change", "name": "<script>"}))
    with pytest.raises(InputError):
        load_scenario(file)
