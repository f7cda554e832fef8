"""The chain tab without a browser: uploads of any kind, a source that fails and comes back, nothing evaluated."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from bokeh.document import Document
from small_chain import small_chain

import simhedge as sh
from simhedge.errors import InputError
from simhedge.live.chain_feed import ChainFeed
from simhedge.live.chain_view import ChainView
from simhedge.live.upload import Upload, read_upload
from simhedge.live.upload_guard import LARGEST_UPLOAD
from simhedge.report.interactive.look import LIGHT
from simhedge.snapshots import Overrides
from simhedge.snapshots.watch import Observation, watch

WATCH = import_module("simhedge.snapshots.watch")  # the package has a function of this name
SHIPPED = Path(__file__).parents[2] / "scenarios" / "data" / "spx_like_quotedata.csv"


def view(feed: ChainFeed | None = None) -> ChainView:
    one = ChainView(feed, LIGHT)
    Document().add_root(one.layout)
    return one


def upload(one: ChainView, content: bytes, name: str = "chain.csv") -> str:
    return opened(one, Upload(name, base64.b64encode(content).decode()))


def opened(one: ChainView, file: Upload) -> str:
    """What the view says of a file."""
    one.open(file, read_upload(file))
    return str(one.status.text)


def test_an_uploaded_chain_is_shown_with_its_levels() -> None:
    one = view()
    told = upload(one, SHIPPED.read_bytes())
    levels = sh.read_snapshot(SHIPPED).levels
    assert "quotes of 2024-06-14" in told
    assert one.plots.roots.data["spot"] == [root.spot for root in levels.profile.roots]
    assert f"{levels.walls.call:,.2f}" in one.tables.text
    assert "flashalpha" in one.tables.text
    assert (one.plots.spots.start, one.plots.spots.end) == pytest.approx((0.85 * levels.spot, 1.15 * levels.spot))
    strikes = one.plots.strikes.data
    shown = dict(zip(strikes["strike"], strikes["calls"], strict=True))
    known = dict(zip(levels.strikes.strike, levels.strikes.calls, strict=True))
    assert shown == {strike: known[strike] for strike in shown}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"   \n", "the file is empty"),
        (b"<html><script>alert(1)</script>", "a web page, not an option chain"),
        (b"\x00\x01\x02binary", "a binary file"),
        (b"PK\x03\x04zip", "a zip archive"),
        (b"strike,spam\n1,2\n", "no header row"),
        (b'{"__import__": "os"}', "no known option-chain format"),
    ],
)
def test_what_is_no_chain_is_refused_in_words_and_the_last_one_stays(content: bytes, told: str) -> None:
    one = view()
    upload(one, SHIPPED.read_bytes())
    before = one.tables.text
    text = upload(one, content)
    assert told in text
    assert 'role="alert"' in text
    assert one.tables.text == before


@pytest.mark.parametrize("name", ["../../etc/passwd", "<img src=x onerror=alert(1)>.csv", "a" * 500, "\x00.csv"])
def test_names_are_shown_as_text_and_are_no_paths(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (SHIPPED.read_bytes(), b"nonsense"):
        text = upload(view(), content, name)
        assert "<img" not in text
        assert len(text) < 600
    assert list(tmp_path.iterdir()) == []


def test_too_large_and_damaged_uploads_are_refused() -> None:
    one = view()
    assert "up to 32 MB" in opened(one, Upload("big.csv", "A" * (LARGEST_UPLOAD * 4 // 3 + 8)))
    assert "did not arrive whole" in opened(one, Upload("cut.csv", "@@@"))


def test_what_simhedge_fails_at_is_said_in_words_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no such luck")

    one = view()
    upload(one, SHIPPED.read_bytes())
    before = one.tables.text
    monkeypatch.setattr("simhedge.live.upload.take_snapshot", fail)
    told = upload(one, SHIPPED.read_bytes(), "odd.csv")
    assert "odd.csv: could not be read: simhedge failed at it (ZeroDivisionError)" in told
    assert "no such luck" in caplog.text
    assert one.tables.text == before


def test_what_is_missing_is_asked_for_in_fields_one_after_the_other() -> None:
    one = view()
    fields = one.picker.fields
    bare = small_chain().replace(b"Last: 100.0", b"Last: ").replace(b"Date: December 12, 2022", b"Date: unknown")
    content = base64.b64encode(bare).decode()
    given: tuple[dict[str, Any], ...] = ({}, {"quote_time": "2022-12-12 10:30"}, {"spot": -1.0})
    for known, asked in zip(given, ("quote_time", "spot", "spot"), strict=True):
        told = opened(one, Upload("bare.csv", content, Overrides(**known))).partition("</p>")[0]
        assert [name for name, field in fields.items() if field.visible] == [asked]
        assert "in its field here" in told or "give the underlying's price in $" in told.replace("&#x27;", "'")
        assert "--" not in told
    told = opened(one, Upload("bare.csv", content, Overrides(101.0, "2022-12-12 10:30")))
    assert "bare.csv: quotes of 2022-12-12 10:30" in told
    assert not any(field.visible for field in fields.values())


def test_fields_in_which_something_stands_stay() -> None:
    one = view()
    one.picker.spot.value = 101.0
    upload(one, small_chain().replace(b"Date: December 12, 2022", b"Date: unknown"), "undated.csv")
    assert [name for name, field in one.picker.fields.items() if field.visible] == ["spot", "quote_time"]


def chosen(one: ChainView, name: str, content: bytes) -> None:
    """As if the browser had sent a file."""
    encoded = base64.b64encode(content).decode()
    one.picker.file.set_from_json("value", encoded)
    one.picker.file.set_from_json("filename", name)


def test_what_is_known_of_one_file_is_not_of_the_next() -> None:
    one = view()
    chosen(one, "one.csv", b"strikes")
    one.picker.spot.value, one.picker.root.value = 99.0, " SPXW "
    assert one.take() == Upload("one.csv", "c3RyaWtlcw==", Overrides(99.0, None, "SPXW"))
    assert "Reading one.csv" in one.status.text
    assert one.take() is None
    one.picker.spot.value = 98.0
    again = one.take()
    assert again is not None
    assert again.known.spot == 98.0
    chosen(one, "two.csv", b"others")
    assert one.take() == Upload("two.csv", "b3RoZXJz")


def test_a_choice_that_is_taken_back_is_no_empty_file() -> None:
    one = view()
    chosen(one, "one.csv", b"strikes")
    assert one.take() is not None
    chosen(one, "", b"")
    assert one.take() is None
    chosen(one, "empty.csv", b"")
    assert one.take() == Upload("empty.csv", "")


def test_a_file_that_the_browser_kept_back_is_refused_each_time() -> None:
    one = view()
    for _ in range(2):
        one.picker.file.tags = ["<huge>.csv"]
        assert "&lt;huge&gt;.csv: too large to be opened in the page (files up to 32 MB" in one.status.text
        assert one.picker.file.tags == []
        upload(one, SHIPPED.read_bytes())
        assert "too large" not in one.status.text


def test_a_watched_source_that_fails_is_marked_stale_and_recovers(tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_bytes(SHIPPED.read_bytes())
    feed = ChainFeed(str(file), 1.0)
    looks = watch(str(file), every=1.0)
    one = view(feed)
    assert f"Reading {file}" in one.status.text
    assert not one.refresh()
    feed.latest = next(looks)
    assert one.refresh()
    assert not one.refresh()
    shown = one.tables.text
    assert "next look in 1 s" in one.status.text
    file.unlink()
    feed.latest = next(looks)
    assert one.refresh()
    assert "STALE" in one.status.text
    assert "no such file" in one.status.text
    assert one.age.visible
    assert one.tables.text == shown
    file.write_bytes(SHIPPED.read_bytes())
    feed.latest = next(looks)
    assert one.refresh()
    assert "STALE" not in one.status.text
    assert not one.age.visible


def test_how_old_it_is_is_said_anew_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """And why it is stale is not: that would be read out again by screen readers."""
    began = datetime(2026, 1, 2, 12, tzinfo=UTC)
    clock = SimpleNamespace(now=lambda _zone: began + timedelta(seconds=passed))
    monkeypatch.setattr("simhedge.live.chain_view.datetime", clock)
    feed, passed = ChainFeed(str(SHIPPED), 5.0), 0.4
    one = view(feed)
    feed.latest = Observation(began, None, True, 70.2, 1, InputError("gone"), pause_s=2.0)
    assert one.refresh()
    told = one.status.text
    assert "What is shown is 70 s old. Next look in 2 s." in one.age.text
    assert not one.refresh()
    passed = 1.1
    assert one.refresh()
    assert "What is shown is 71 s old. Next look in 1 s." in one.age.text
    passed = 2.5
    assert one.refresh()
    assert "What is shown is 72 s old. Looking again" in one.age.text
    assert one.status.text == told


def test_what_was_uploaded_is_not_replaced_by_the_watched_source(tmp_path: Path) -> None:
    feed = ChainFeed(str(SHIPPED), 60.0)
    one = view(feed)
    upload(one, SHIPPED.read_bytes())
    feed.latest = next(watch(str(SHIPPED), every=60.0))
    assert not one.refresh()
    assert "as opened in this tab" in one.status.text


def test_from_an_upload_there_is_a_way_back_to_the_source() -> None:
    feed = ChainFeed(str(SHIPPED), 60.0)
    one = view(feed)
    assert not one.back.visible
    assert one.back.label == "Back to spx_like_quotedata.csv"
    upload(one, small_chain(), "mine.csv")
    assert one.back.visible
    feed.latest = next(watch(str(SHIPPED), every=60.0))
    chosen(one, "mine.csv", small_chain())
    one._go_back()
    assert one.take() is None, "what was opened is not read again"
    assert not one.back.visible
    assert "next look in 60 s" in one.status.text
    assert one.plots.spot_marks[0].location == sh.read_snapshot(SHIPPED).levels.spot


def test_a_refused_file_is_said_until_something_is_done_about_it(tmp_path: Path) -> None:
    feed = ChainFeed(str(SHIPPED), 60.0)
    one = view(feed)
    upload(one, b"no chain", "bad.csv")
    looks = watch(str(SHIPPED), every=0.1)
    for _ in range(2):
        feed.latest = next(looks)
        assert one.refresh()
        assert "bad.csv" in one.status.text
        assert "next look in" in one.status.text
    assert one.back.visible
    one._go_back()
    assert "bad.csv" not in one.status.text


def test_without_a_source_there_is_no_way_back() -> None:
    one = view()
    upload(one, SHIPPED.read_bytes())
    assert not one.back.visible


def test_a_feed_looks_until_it_is_stopped() -> None:
    feed = ChainFeed(str(SHIPPED), 0.2)
    feed.start()
    feed._thread.join(0.05)
    while feed.latest is None:
        feed._thread.join(0.05)
    feed.stop()
    assert not feed._thread.is_alive()
    assert feed.latest.snapshot is not None


def test_a_feed_outlives_what_simhedge_fails_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "chain.csv"
    file.write_bytes(small_chain())
    feed = ChainFeed(str(file), 0.1)
    feed.start()
    try:
        assert until(feed, lambda seen: seen.snapshot is not None)
        with monkeypatch.context() as broken:
            broken.setattr(WATCH, "take_snapshot", lambda *_: 1 / 0)
            file.write_bytes(small_chain(spot=101.0))
            assert until(feed, lambda seen: seen.error is not None and "ZeroDivisionError" in str(seen.error))
        assert until(feed, lambda seen: seen.snapshot is not None and seen.snapshot.chain.spot == 101.0)
    finally:
        feed.stop()


def until(feed: ChainFeed, true: Callable[[Observation], bool], seconds: float = 60.0) -> bool:
    """Whether it comes true of what a feed has seen, within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if feed.latest is not None and true(feed.latest):
            return True
        time.sleep(0.02)
    return False
