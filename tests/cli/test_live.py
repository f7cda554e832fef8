"""`simhedge live`: what is refused before a server is started, and what the server is told."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import pytest
from small_chain import small_chain

from simhedge.cli import live as module
from simhedge.cli.main import main
from simhedge.live.lessons import LESSONS


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `show` was called with; it says that it is ready and returns at once."""
    told: dict[str, Any] = {}

    def show(scenario: Any, what: Any, *, ready: Any, compiling: Any, **place: Any) -> None:
        told.update(scenario=scenario, lesson=what.lesson, feed=what.feed, **place)
        ready("http://127.0.0.1:1/")

    monkeypatch.setattr("simhedge.live.show.show", show)
    return told


def test_the_address_is_printed_and_the_scenario_is_the_one_asked_for(
    shown: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", "gamma_squeeze", "--no-browser", "--port", "5099", "--set", "market.adv_shares=1e7"]) == 0
    assert capsys.readouterr().out == "http://127.0.0.1:1/\n"
    assert shown["scenario"].market.adv_shares == 1e7
    assert (shown["port"], shown["address"], shown["origins"]) == (5099, "127.0.0.1", ())
    assert (shown["lesson"], shown["feed"]) == (None, None)


def test_proxies_are_named_one_by_one(shown: dict[str, Any]) -> None:
    assert main(["live", "--no-browser", "--origin", "a.example.com", "--origin", "localhost:8080"]) == 0
    assert shown["origins"] == ("a.example.com", "localhost:8080")


def test_without_a_scenario_there_is_one(shown: dict[str, Any]) -> None:
    assert main(["live", "--no-browser"]) == 0
    assert shown["scenario"].name == "regime-change"


def test_a_browser_is_opened_unless_told_not_to(shown: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread of its own, since some browsers return when they are closed."""
    opened: Queue[str] = Queue()
    closed = Event()

    def open_until_closed(url: str) -> None:
        opened.put(url)
        closed.wait(60.0)

    monkeypatch.setattr("webbrowser.open", open_until_closed)
    assert main(["live"]) == 0
    assert opened.get(timeout=60.0) == "http://127.0.0.1:1/"
    assert not closed.is_set()
    closed.set()
    assert main(["live", "--no-browser"]) == 0
    assert opened.empty()


@pytest.mark.parametrize("place", [("--address", "::1"), ("--origin", "https://example.com/")])
def test_what_cannot_be_listened_at_is_refused_before_the_engine_is_loaded(
    place: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", "--no-browser", *place]) == 2
    assert f"error: {place[0]}: " in capsys.readouterr().err


@pytest.mark.parametrize("name", list(LESSONS))
def test_lessons_by_name(shown: dict[str, Any], name: str) -> None:
    assert main(["live", "--no-browser", "--lesson", name]) == 0
    assert shown["lesson"] is LESSONS[name]


def test_a_chain_is_watched_as_often_as_asked(shown: dict[str, Any]) -> None:
    assert main(["live", "--no-browser", "--chain", "quotes.csv", "--every", "7"]) == 0
    assert (shown["feed"].source, shown["feed"].every) == ("quotes.csv", 7.0)


def test_what_is_known_better_than_by_the_chain_reaches_its_reader(shown: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "bare.csv"
    file.write_bytes(small_chain().replace(b"Last: 100.0", b"Last: "))
    assert main(["live", "--no-browser", "--chain", str(file), "--spot", "99", "--quote-time", "2022-12-13 11:00"]) == 0
    chain = next(shown["feed"]._looks).snapshot.chain
    assert (chain.spot, f"{chain.quote_time:%d %H:%M}") == (99.0, "13 11:00")
    file.write_bytes(small_chain())
    assert main(["live", "--no-browser", "--chain", str(file), "--root", "SPAM"]) == 0
    assert "SPAM" in str(next(shown["feed"]._looks).error.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--spot", "100"], "--spot: is about a chain (name one with --chain)"),
        (["--chain", "x.csv", "--spot", "-1"], "spot: must be a positive price"),
        (["--chain", "x.csv", "--quote-time", "soon"], "quote_time: not a moment"),
        (["--lesson", "spam"], "one of delta_hedging_101, damping, amplification, pin, squeeze, levels"),
        (["expiry_pin", "--lesson", "pin"], "leave one of them out"),
        (["no_such_scenario"], "no_such_scenario"),
        (["expiry_pin", "--set", "market.spot=-1"], "market.spot"),
        (["--port", "70000"], "--port"),
        (["--chain", "x.csv", "--every", "0"], "every"),
    ],
)
def test_bad_input_is_refused_in_words(
    shown: dict[str, Any], capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["live", "--no-browser", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert not shown


def test_a_bad_scenario_file_is_named_with_its_line(
    shown: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("schema_version: 1\nname: mine\npaths: many\n", encoding="utf-8")
    assert main(["live", str(file), "--no-browser"]) == 2
    told = capsys.readouterr().err
    assert "mine.yaml:1: clock" in told


def test_what_cannot_run_is_refused_before_the_server_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "negative_gamma", "--no-browser", "--set", "market.adv_shares=5e5"]) == 2
    assert "at or below -1" in capsys.readouterr().err


def test_a_missing_library_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr("simhedge.report.needs_bokeh.find_spec", lambda name: None if name == "bokeh" else found(name))
    assert main(["live", "--no-browser"]) == 2
    assert "pip install 'simhedge[live]'" in capsys.readouterr().err


def test_the_default_is_a_shipped_scenario() -> None:
    from simhedge.scenario import shipped_scenarios

    assert module.DEFAULT_SCENARIO in shipped_scenarios()
