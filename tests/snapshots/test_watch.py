"""Watching a source: what moved is told, whatever fails is outlived, and the last good value is never lost."""

from __future__ import annotations

import _thread
import gzip
import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from chain_server import Answer, ChainServer, chain_server, conditional, cut, dripping, raw, whole
from hypothesis import given
from hypothesis import strategies as st
from small_chain import small_chain

from simhedge.errors import InputError
from simhedge.snapshots import Asked, Snapshot, read_snapshot
from simhedge.snapshots.overrides import Overrides
from simhedge.snapshots.watch import SETTLING, Observation, Pace, facts, pause_after, watch
from simhedge.snapshots.watch_line import describe

WATCH = import_module("simhedge.snapshots.watch")  # the package has a function of this name
ONE_DEFINITION = Asked(definitions=("spotgamma",))


@dataclass
class FakeTime:
    """A clock that only sleeping moves; `at_sleep` is called with each sleep's seconds."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)
    at_sleep: Callable[[float], object] = lambda seconds: None

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.sleeps.append(seconds)
        self.at_sleep(seconds)

    @property
    def pace(self) -> Pace:
        return Pace(self.sleep, lambda: self.now)


@pytest.fixture
def server() -> Iterator[ChainServer]:
    with chain_server() as serving:
        yield serving


def looks(source: str | Path, time: FakeTime | None = None, **options: object) -> Iterator[Observation]:
    pace = (time or FakeTime()).pace
    return watch(source, ONE_DEFINITION, **({"every": 5.0, "pace": pace} | options))  # type: ignore[arg-type]


def served(server: ChainServer, *answers: Answer, **options: object) -> list[Observation]:
    """The observations of an address that answers so."""
    found = []
    watched = looks(server.address, **options)
    for answer in answers:
        server.answer = answer
        found.append(next(watched))
    return found


GOOD, MOVED = small_chain(100.0), small_chain(101.0, "10:45 AM", puts=3.0)
FAILURES = {
    "error 500": (whole(b"oops", status=500), "the server answered 500"),
    "error 404": (whole(b"gone", status=404), "the server answered 404"),
    "a length that is not kept": (cut(GOOD[:-30], len(GOOD)), "broke off"),
    "cut in a row": (whole(GOOD[:-30]), "cells where the header has"),
    "cut above the header": (whole(GOOD[:60]), "no header row"),
    "cut to the heading": (whole(GOOD[: GOOD.index(b"Fri")]), "no usable option|no option"),
    "cut in the compressed text": (whole(gzip.compress(GOOD)[:-20], Content_Encoding="gzip"), "broke off"),
    "empty": (whole(b""), "empty"),
    "a web page": (whole(b"<html><body>Please log in</body></html>"), "web page"),
    "other JSON": (whole(b'{"error": "rate limit"}'), "JSON"),
    "a binary file": (whole(b"PK\x03\x04\x00\x00"), "Excel workbook"),
    "a redirect loop": (whole(b"", status=302, Location="/chain.csv"), "circles"),
    "no HTTP": (raw(b"\x00\x01\x02"), "cannot be fetched"),
    "hung up": (raw(b""), "cannot be fetched"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_keeps_the_last_good_value_and_ends_with_it(server: ChainServer, name: str) -> None:
    answer, message = FAILURES[name]
    first, failed, again, back = served(server, whole(GOOD), answer, answer, whole(MOVED))
    assert not first.stale
    assert first.error is None
    assert failed.snapshot is again.snapshot is first.snapshot
    for number, stale in enumerate((failed, again), start=1):
        assert (stale.stale, stale.unchanged, stale.failures_in_a_row, stale.moved) == (True, False, number, {})
        assert stale.error is not None
        assert re.search(message, stale.error.message)
        assert stale.error.file == server.address
        assert stale.error.remedy
    assert (failed.age_s, again.age_s) == (5.0, 10.0)
    assert (back.stale, back.failures_in_a_row, back.age_s, back.pause_s) == (False, 0, 0.0, 5.0)
    assert back.moved["spot"] == (100.0, 101.0)


def test_a_source_that_fails_from_the_start(server: ChainServer) -> None:
    failed, good = served(server, whole(b"", status=503), whole(GOOD))
    assert (failed.snapshot, failed.age_s, failed.stale) == (None, None, True)
    assert (good.stale, good.moved) == (False, {})


def test_a_chain_cut_at_any_byte_is_never_taken_for_another(server: ChainServer) -> None:
    lengths = [*range(0, len(GOOD), 97), *range(len(GOOD) - 12, len(GOOD) - 2)]
    answers = [cut(GOOD[:length], len(GOOD)) for length in lengths]
    first, *found = served(server, whole(GOOD), *answers)
    assert all(one.stale and one.snapshot is first.snapshot for one in found)


def test_what_moved_and_nothing_else(server: ChainServer) -> None:
    first, moved, same = served(server, whole(GOOD), whole(MOVED), whole(MOVED))
    assert (first.moved, first.unchanged) == ({}, False)
    assert set(moved.moved) == {"spot", "quote_time", "net_gamma", "zero_gamma", "open_interest"}
    assert moved.snapshot is not None
    assert first.snapshot is not None
    for name, (before, now) in moved.moved.items():
        assert (before, now) == (facts(first.snapshot)[name], facts(moved.snapshot)[name])
    assert (same.moved, same.unchanged, same.stale) == ({}, True, False)
    assert same.snapshot is moved.snapshot


def test_rows_in_another_order_move_nothing(server: ChainServer) -> None:
    *head, last, end = GOOD.split(b"\r\n")
    shuffled = b"\r\n".join([*head[:4], last, *head[4:], end])
    _, found = served(server, whole(GOOD), whole(shuffled))
    assert (found.moved, found.unchanged, found.stale) == ({}, False, False)


def test_what_only_rounding_moves_has_not_moved(server: ChainServer) -> None:
    _, found = served(server, whole(GOOD), whole(GOOD.replace(b",0.04,", b",0.0400000000001,")))
    assert (found.moved, found.unchanged, found.stale) == ({}, False, False)


def test_another_symbol_is_told(server: ChainServer) -> None:
    _, other = served(server, whole(GOOD), whole(small_chain(root="RUTW")))
    assert other.moved == {"symbol": ("SPX", "RUT")}
    assert "RUT (another symbol) 100.00" in describe(other)


def test_a_version_that_still_holds_is_fresh(server: ChainServer) -> None:
    answer = conditional(GOOD, '"v1"')
    first, held, _, back, moved = served(
        server, answer, answer, whole(b"", status=500), answer, conditional(MOVED, '"v2"')
    )
    assert (held.unchanged, held.stale, held.age_s) == (True, False, 0.0)
    assert (back.unchanged, back.stale, back.snapshot) == (True, False, first.snapshot)
    assert "spot" in moved.moved
    assert [headers.get("If-None-Match") for headers in server.asked] == [None, *['"v1"'] * 4]


def test_the_version_of_what_is_no_chain_is_not_kept(server: ChainServer) -> None:
    served(server, whole(GOOD, ETag='"good"'), whole(b"<html>", ETag='"page"'), whole(GOOD, ETag='"good"'))
    assert [headers.get("If-None-Match") for headers in server.asked] == [None, '"good"', '"good"']


def test_a_server_that_drips_does_not_hang_the_watch(server: ChainServer) -> None:
    drip = dripping(server, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    first, slow, back = served(server, whole(GOOD), drip, whole(GOOD), seconds=1.0)
    assert slow.error is not None
    assert slow.error.message == "not loaded within 1 s"
    assert slow.snapshot is first.snapshot
    assert (back.stale, back.unchanged) == (False, True)


def test_an_interruption_ends_a_watch_that_loads(server: ChainServer) -> None:
    def answer(handler: object) -> None:
        _thread.interrupt_main()
        dripping(server, b"HTTP/1.1 200 OK\r\n\r\n")(handler)  # type: ignore[arg-type]

    server.answer = answer
    with pytest.raises(KeyboardInterrupt):
        next(looks(server.address, seconds=60.0))


def test_an_interruption_ends_a_watch_that_sleeps(tmp_path: Path) -> None:
    time = FakeTime()
    (tmp_path / "chain.csv").write_bytes(GOOD)
    watched = looks(tmp_path / "chain.csv", time, every=3600.0)
    next(watched)
    sleeps = len(time.sleeps)

    def interrupt(seconds: float) -> None:
        if len(time.sleeps) > sleeps + 3:
            raise KeyboardInterrupt

    time.at_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        next(watched)
    assert max(time.sleeps[sleeps:]) <= 0.2


def test_stop_is_heard_between_looks(tmp_path: Path) -> None:
    time = FakeTime()
    (tmp_path / "chain.csv").write_bytes(GOOD)
    found = list(looks(tmp_path / "chain.csv", time, stop=lambda: time.now > 12.0))
    assert len(found) == 3
    assert time.now == pytest.approx(12.0, abs=0.2)


def test_looks_come_at_the_pace_asked_for(tmp_path: Path) -> None:
    time = FakeTime()
    (tmp_path / "chain.csv").write_bytes(GOOD)
    starts = []
    for _ in looks(tmp_path / "chain.csv", time, attempts=4):
        starts.append(time.now)
        time.now += 1.5  # what the reader of the observation takes
    assert starts == pytest.approx([SETTLING, 5.0, 10.0, 15.0])


def test_pauses_double_up_to_a_limit_and_start_anew(tmp_path: Path) -> None:
    time, path = FakeTime(), tmp_path / "chain.csv"
    watched = looks(path, time, every=10.0)
    starts = []
    for _ in range(7):
        assert next(watched).stale
        starts.append(time.now)
    gaps = [after - before for before, after in itertools.pairwise(starts)]
    assert gaps == pytest.approx([10.0, 20.0, 40.0, 80.0, 160.0, 160.0])
    path.write_bytes(GOOD)
    assert next(watched).pause_s == 10.0
    path.unlink()
    assert next(watched).pause_s == 10.0
    assert next(watched).pause_s == 20.0


@given(st.integers(0, 10_000), st.floats(0.1, 86_400.0))
def test_pauses_are_never_shorter_than_asked_nor_longer_than_the_limit(failures: int, every: float) -> None:
    pause = pause_after(failures, every)
    assert every <= pause <= max(every, min(16.0 * every, 600.0))
    assert pause <= pause_after(failures + 1, every)


def test_a_file_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "chain.csv"
    path.write_bytes(GOOD)
    watched = looks(path)
    first = next(watched)
    path.unlink()
    gone = next(watched)
    assert gone.error is not None
    assert gone.error.message == "no such file"
    assert gone.snapshot is first.snapshot
    path.mkdir()
    assert "directory" in str(next(watched).error)
    path.rmdir()
    path.write_bytes(GOOD)
    assert (back := next(watched)).unchanged
    assert back.snapshot is first.snapshot


def test_what_simhedge_itself_fails_at_is_outlived_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "chain.csv"
    file.write_bytes(small_chain())
    seen = looks(file, attempts=3)
    good = next(seen).snapshot
    with monkeypatch.context() as broken:
        broken.setattr(WATCH, "take_snapshot", lambda *_: 1 / 0)
        file.write_bytes(small_chain(spot=101.0))
        failed = next(seen)
    assert failed.stale
    assert failed.snapshot is good
    assert "could not be read: simhedge failed at it (ZeroDivisionError)" in str(failed.error)
    assert "Traceback" in caplog.text
    again = next(seen)
    assert not again.stale
    assert again.moved["spot"] == (100.0, 101.0)


def test_a_file_that_is_replaced_whole(tmp_path: Path) -> None:
    path, beside = tmp_path / "chain.csv", tmp_path / "chain.csv.new"
    path.write_bytes(GOOD)
    watched = looks(path)
    next(watched)
    beside.write_bytes(MOVED)
    os.replace(beside, path)
    assert next(watched).moved["spot"] == (100.0, 101.0)


def test_a_file_that_is_half_written_is_not_taken_for_whole(tmp_path: Path) -> None:
    time, path = FakeTime(), tmp_path / "chain.csv"
    path.write_bytes(GOOD)
    watched = looks(path, time)
    first = next(watched)
    half = MOVED.index(b"\r\nFri", MOVED.index(b"Fri") + 300) + 2  # whole rows: the reader could not know
    path.write_bytes(MOVED[:half])
    assert 0 < read_snapshot(path, ONE_DEFINITION).as_json()["chain"]["contracts_used"] < 10

    def write_on(seconds: float) -> None:
        if seconds == SETTLING:
            with path.open("ab") as stream:
                stream.write(MOVED[half:])
            time.at_sleep = lambda seconds: None

    time.at_sleep = write_on
    partial = next(watched)
    assert partial.error is not None
    assert partial.error.message == "is still being written"
    assert partial.snapshot is first.snapshot
    assert next(watched).moved["spot"] == (100.0, 101.0)


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"every": 0.0}, "every"),
        ({"every": -1.0}, "every"),
        ({"every": float("nan")}, "every"),
        ({"every": float("inf")}, "every"),
        ({"overrides": Overrides(spot=0.0)}, "spot"),
        ({"overrides": Overrides(quote_time="noon")}, "quote_time"),
    ],
)
def test_what_is_asked_wrongly_is_refused_at_once(options: dict[str, object], key: str) -> None:
    with pytest.raises(InputError) as caught:
        looks("chain.csv", **options)
    assert caught.value.key == key
    with pytest.raises(InputError, match="no such definition"):
        watch("chain.csv", Asked(definitions=("gex",)), every=5.0)


def test_overrides_reach_the_reader(tmp_path: Path) -> None:
    (tmp_path / "chain.csv").write_bytes(GOOD)
    found = next(looks(tmp_path / "chain.csv", overrides=Overrides(spot=99.0)))
    assert found.snapshot is not None
    assert found.snapshot.chain.spot == 99.0


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    path = tmp_path_factory.mktemp("chain") / "chain.csv"
    path.write_bytes(small_chain(4000.0))
    return read_snapshot(path, ONE_DEFINITION)


SEEN = datetime(2022, 12, 12, 15, 32, 10, tzinfo=UTC)
NO_REASON = InputError("the server\nanswered 500", file="f", line=3, remedy="wait")


@pytest.mark.parametrize(
    ("observation", "told"),
    [
        ({}, "15:32:10 SPX 4000.00 no zero gamma call wall 105 put wall 95 net 9.60 m per 1%"),
        ({"moved": {"spot": (4001.25, 4000.0)}}, "SPX 4000.00 (-1.25) no zero gamma"),
        ({"moved": {"call_wall": (100.0, 105.0), "put_wall": (None, 95.0)}}, "call wall 105 (+5) put wall 95 (new)"),
        ({"moved": {"zero_gamma": (98.0, None)}}, "no zero gamma (gone) call"),
        ({"moved": {"net_gamma": (-2.5e9, 9.6e6)}}, "net 9.60 m per 1% (was -2.50 bn)"),
        (
            {"moved": {"net_gamma": (9_600_001.0, 9.6e6), "spot": (4000.001, 4000.0)}},
            "4000.00 no zero gamma call wall 105 put wall 95 net 9.60 m per 1%$",
        ),
        ({"unchanged": True}, "per 1%; unchanged$"),
        ({"moved": {"quote_time": (SEEN, SEEN.replace(hour=14))}}, "; older quotes than before$"),
        ({"stale": True, "age_s": 35.2, "error": NO_REASON}, "; stale 35 s: line 3: the server answered 500$"),
        ({"stale": True, "age_s": 600.0, "error": NO_REASON}, "; stale 10 min: "),
        ({"stale": True, "age_s": 90_000.0, "error": NO_REASON}, "; stale 25 h: "),
    ],
)
def test_an_observation_in_words(snapshot: Snapshot, observation: dict[str, object], told: str) -> None:
    line = describe(Observation(SEEN, snapshot, **observation), UTC)  # type: ignore[arg-type]
    assert told in line + "$"


def test_words_for_a_source_that_never_was_good() -> None:
    failed = Observation(SEEN, None, stale=True, age_s=None, failures_in_a_row=1, error=NO_REASON)
    assert describe(failed, UTC) == "15:32:10 nothing read yet: line 3: the server answered 500"


def test_words_for_a_level_that_moved(server: ChainServer) -> None:
    _, moved = served(server, whole(GOOD), whole(small_chain(100.0, puts=3.0)))
    before, now = moved.moved["zero_gamma"]
    assert isinstance(before, float)
    assert isinstance(now, float)
    assert f" zero gamma {now:.1f} ({now - before:+.1f}) call wall 105 put wall 95 net " in describe(moved)
