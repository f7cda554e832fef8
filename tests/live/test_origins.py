"""Under which names browsers may come: those of this machine, and HOST[:PORT] that the user wrote."""

from __future__ import annotations

import socket

import pytest

from simhedge.errors import InputError
from simhedge.live import origins as module
from simhedge.live.origins import foreign_origin, leads_here_alone, outward_address, own_origins


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("dash.example.com", "dash.example.com:80"),
        ("Dash.Example.com:443", "dash.example.com:80"),
        ("dash.example.com:8443", "dash.example.com:8443"),
        ("localhost:8080", "localhost:8080"),
        ("my_host", "my_host:80"),
    ],
)
def test_an_origin_is_what_the_server_compares(written: str, known: str) -> None:
    assert foreign_origin(written) == known


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "*.example.com",
        "https://example.com",
        "example.com/",
        "a:b",
        "a:0",
        "a:70000",
        "[::1]:80",
        "a,b",
        "a b",
    ],
)
def test_what_is_no_origin_is_refused_in_words(written: str) -> None:
    with pytest.raises(InputError, match=r"--origin: no origin of a page \(expected HOST or HOST:PORT"):
        foreign_origin(written)


def test_the_machine_itself_is_known_by_two_names() -> None:
    assert own_origins("127.0.0.1", 5006) == ["127.0.0.1:5006", "localhost:5006"]
    assert leads_here_alone(["localhost:8080", "127.0.0.1:80"])
    assert not leads_here_alone(["localhost:8080", "dash.example.com:80"])


def test_others_know_it_by_name_and_by_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of many a machine leads to 127.0.0.1 or to IPv6 alone."""

    def lookup(_name: str, _port: None, family: int) -> list[tuple[object, ...]]:
        assert family == socket.AF_INET
        return [(family, None, 0, "", ("127.0.1.1", 0))]

    monkeypatch.setattr(module, "outward_address", lambda: "192.168.7.8")
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk")
    monkeypatch.setattr(socket, "getfqdn", lambda: "desk.lan")
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    known = own_origins("0.0.0.0", 5006)
    assert {"192.168.7.8:5006", "127.0.1.1:5006", "desk:5006", "desk.lan:5006", "127.0.0.1:5006"} <= set(known)
    assert len(known) == len(set(known))


def test_without_a_route_there_is_no_outward_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: object, _address: object) -> None:
        raise OSError("network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert outward_address() is None
