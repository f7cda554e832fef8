"""The chain tab without a browser: uploads of any kind, a source that fails and comes back, nothing evaluated."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from bokeh.document import Document

import simhedge as sh
from simhedge.live.chain_feed import ChainFeed
from simhedge.live.chain_view import LARGEST_UPLOAD, ChainView, read_upload
from simhedge.report.interactive.look import LIGHT
from simhedge.snapshots.watch import watch

SHIPPED = Path(__file__).parents[2] / "scenarios" / "data" / "spx_like_quotedata.csv"


def view(feed: ChainFeed | None = None) -> ChainView:
    one = ChainView(feed, LIGHT)
    Document().add_root(one.layout)
    return one


def upload(one: ChainView, content: bytes, name: str = "chain.csv") -> str:
    one.open(name, read_upload(name, base64.b64encode(content).decode()))
    return str(one.status.text)


def test_an_uploaded_chain_is_shown_with_its_levels() -> None:
    one = view()
    told = upload(one, SHIPPED.read_bytes())
    levels = sh.read_snapshot(SHIPPED).levels
    assert "quotes of 2024-06-14" in told
    assert one.roots.data["spot"] == [root.spot for root in levels.profile.roots]
    assert f"{levels.walls.call:,.2f}" in one.tables.text
    assert "flashalpha" in one.tables.text
    assert (one.spots.start, one.spots.end) == pytest.approx((0.85 * levels.spot, 1.15 * levels.spot))
    shown = dict(zip(one.strikes.data["strike"], one.strikes.data["calls"], strict=True))
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
    one.open("big.csv", read_upload("big.csv", "A" * (LARGEST_UPLOAD * 4 // 3 + 8)))
    assert "up to 32 MB" in one.status.text
    one.open("cut.csv", read_upload("cut.csv", "@@@"))
    assert "did not arrive whole" in one.status.text


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
    assert one.tables.text == shown
    file.write_bytes(SHIPPED.read_bytes())
    feed.latest = next(looks)
    assert one.refresh()
    assert "STALE" not in one.status.text


def test_what_was_uploaded_is_not_replaced_by_the_watched_source(tmp_path: Path) -> None:
    feed = ChainFeed(str(SHIPPED), 60.0)
    one = view(feed)
    upload(one, SHIPPED.read_bytes())
    feed.latest = next(watch(str(SHIPPED), every=60.0))
    assert not one.refresh()
    assert "as opened in this tab" in one.status.text


def test_a_feed_looks_until_it_is_stopped() -> None:
    feed = ChainFeed(str(SHIPPED), 0.2)
    feed.start()
    feed._thread.join(0.05)
    while feed.latest is None:
        feed._thread.join(0.05)
    feed.stop()
    assert not feed._thread.is_alive()
    assert feed.latest.snapshot is not None
