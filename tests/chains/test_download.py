"""`fetch` from addresses: whole answers come out, and words for every way in which servers fail; never a hang."""

from __future__ import annotations

import _thread
import gzip
import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from chain_server import Answer, ChainServer, chain_server, conditional, cut, dripping, raw, whole
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.chains import download as download_module
from simhedge.chains.source import Fetched, Version, fetch, fetch_newer
from simhedge.errors import InputError

TEXT = b"strike,open interest\r\n" + b"100,5\r\n" * 2000


@pytest.fixture(scope="module")
def own_server() -> Iterator[ChainServer]:
    with chain_server() as serving:
        yield serving


@pytest.fixture
def server(own_server: ChainServer, monkeypatch: pytest.MonkeyPatch) -> ChainServer:
    """A server that is found although the user has a proxy that leads nowhere."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    own_server.asked.clear()
    return own_server


def refusal(server: ChainServer, answer: Answer, seconds: float = 5.0) -> InputError:
    server.answer = answer
    with pytest.raises(InputError) as caught:
        fetch(server.address, seconds)
    assert caught.value.file == server.address
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        whole(TEXT),
        cut(TEXT, None),
        whole(gzip.compress(TEXT), Content_Encoding="gzip"),
        whole(gzip.compress(TEXT), Content_Encoding="X-GZIP "),
        whole(zlib.compress(TEXT), Content_Encoding="deflate"),
        whole(zlib.compress(TEXT, wbits=-15), Content_Encoding="deflate"),
        whole(TEXT, Content_Encoding="identity"),
        raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\n\r\n" % (len(TEXT), TEXT)
        ),
    ],
)
def test_every_way_to_send_the_same_content(server: ChainServer, answer: Answer) -> None:
    server.answer = answer
    assert fetch(server.address) == TEXT


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (whole(b"gone", status=404), "the server answered 404 Not Found"),
        (whole(b"oops", status=500), "the server answered 500 Internal Server Error"),
        (whole(b"", status=429), "the server answered 429"),
        (whole(b"", status=304), "the server answered 304"),
        (whole(b"", status=204), "empty"),
        (whole(b" \n"), "empty"),
        (cut(TEXT, len(TEXT) + 1), f"broke off after {len(TEXT):,} of {len(TEXT) + 1:,} bytes"),
        (cut(b"", 10), "broke off after 0 of 10 bytes"),
        (whole(b"", status=302, Location="/chain.csv"), "circles"),
        (whole(b"", status=302, Location="ftp://127.0.0.1/chain.csv"), "unknown url type: ftp|unknown scheme"),
        (whole(b"", status=302, Location="file:///etc/hostname"), "redirects"),
        (whole(b"", status=301), "redirects"),
        (whole(gzip.compress(TEXT)[:-9], Content_Encoding="gzip"), "broke off"),
        (whole(TEXT, Content_Encoding="gzip"), "not the gzip"),
        (whole(TEXT, Content_Encoding="br"), "sent as br"),
        (raw(b""), "cannot be fetched"),
        (raw(b"SSH-2.0-x\r\n"), "cannot be fetched"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n12,13"), "broke off"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n12,13"), "broke off"),
        (raw(b"HTTP/1.1 503 \x1b[31mred\x1b[0m\r\n\r\n"), r"^the server answered 503 \[31mred"),
    ],
)
def test_every_failure_is_told_in_words(server: ChainServer, answer: Answer, message: str) -> None:
    assert re.search(message, refusal(server, answer).message)


def test_an_answer_cut_anywhere_is_never_taken_for_whole(server: ChainServer) -> None:
    packed = gzip.compress(TEXT)
    for length in (1, 2, 9, 10, 11, 25, len(packed) // 2, len(packed) - 8, len(packed) - 1):
        assert "broke off" in refusal(server, cut(packed[:length], len(packed), Content_Encoding="gzip")).message
        assert "broke off" in refusal(server, whole(packed[:length], Content_Encoding="gzip")).message


def test_a_redirect_is_followed(server: ChainServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        (whole(TEXT) if handler.path == "/moved" else whole(b"", status=301, Location="/moved"))(handler)

    server.answer = answer
    assert fetch(server.address) == TEXT


def test_letters_that_addresses_do_not_have_are_quoted(server: ChainServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        whole(handler.path.encode())(handler)

    server.answer = answer
    assert fetch(server.address + "?q=é b&c=%20\n") == b"/chain.csv?q=%C3%A9%20b&c=%20%0A"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Header: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_server_that_drips_is_given_up(server: ChainServer, start: bytes) -> None:
    threads = set(threading.enumerate())
    error = refusal(server, dripping(server, start), seconds=0.3)
    assert error.message == "not loaded within 0.3 s"
    deadline = time.monotonic() + 5.0
    while leftover := [t for t in threading.enumerate() if t.name == "download" and t not in threads]:
        assert time.monotonic() < deadline, f"{leftover} still load"
        time.sleep(0.01)


def test_a_silent_server_is_given_up(server: ChainServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "SECONDS_OF_SILENCE", 0.05)
    error = refusal(server, lambda handler: server.released.wait(30.0) and None)
    assert error.message == "cannot be fetched: no answer for 0.05 s"


def test_a_bomb_is_refused(server: ChainServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "LARGEST_SOURCE", 1024**2)
    bomb = gzip.compress(b"\0" * (1024**2 + 1))
    assert "more than" in refusal(server, whole(bomb, Content_Encoding="gzip")).message


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://", "no host"),
        ("http://[::1", "IPv6|netloc"),
        ("http://127.0.0.1:x/", "port"),
        ("http://a" + "a" * 300 + "/", "label|name|long"),
    ],
)
def test_addresses_that_are_none(address: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fetch(address, 5.0)


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(InputError, match="cannot be fetched: Connection refused"):
            fetch(f"http://127.0.0.1:{free.getsockname()[1]}/", 5.0)


def test_a_known_version_is_not_sent_again(server: ChainServer) -> None:
    server.answer = conditional(TEXT, '"v1"')
    first = fetch_newer(server.address, None)
    assert first == Fetched(TEXT, Version('"v1"', None))
    assert first is not None
    assert fetch_newer(server.address, first.version) is None
    server.answer = conditional(TEXT + b"more", '"v2"')
    assert fetch_newer(server.address, first.version) == Fetched(TEXT + b"more", Version('"v2"', None))
    assert [headers.get("If-None-Match") for headers in server.asked] == [None, '"v1"', '"v1"']


def test_the_date_of_a_version_is_sent_back(server: ChainServer) -> None:
    moment = "Mon, 12 Dec 2022 15:30:00 GMT"
    server.answer = whole(TEXT, Last_Modified=moment)
    first = fetch_newer(server.address, None)
    assert first is not None
    assert fetch_newer(server.address, first.version) == first
    assert server.asked[1]["If-Modified-Since"] == moment


def test_an_interruption_ends_the_wait(server: ChainServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        _thread.interrupt_main()
        dripping(server, b"HTTP/1.1 200 OK\r\n\r\n")(handler)

    server.answer = answer
    with pytest.raises(KeyboardInterrupt):
        fetch(server.address, 60.0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 F\r\nLocation: "]))
def test_whatever_bytes_come_nothing_but_an_input_error(server: ChainServer, content: bytes, start: bytes) -> None:
    server.answer = raw(start + content)
    found: bytes | InputError
    try:
        found = fetch(server.address, 2.0)
    except InputError as error:
        found = error
    if isinstance(found, InputError):
        assert found.file == server.address
        assert found.message.isprintable()
    else:
        assert found in content
