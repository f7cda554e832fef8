"""The chain tab in a real browser: dirty files are opened or refused in words, a source that dies is called stale."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from live_pages import Program, Tab, live_program
from small_chain import small_chain

from simhedge.live.upload_guard import LARGEST_UPLOAD

HOSTILE = "<img src=x onerror=document.title='taken'>.csv"


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with live_program() as running:
        yield running


@pytest.fixture
def tab(browser: Any, program: Program) -> Iterator[Tab]:
    with Tab(browser, program.url) as opened:
        opened.press("Chain")
        opened.page.get_by_text("Open a file of option quotes").wait_for()
        yield opened
        assert opened.said == []


def upload(tab: Tab, name: str, content: bytes) -> None:
    choose(tab, {"name": name, "mimeType": "text/csv", "buffer": content})


def choose(tab: Tab, file: Any) -> None:
    tab.page.get_by_label("Open a chain file").set_input_files(file)


def levels(tab: Tab) -> list[str]:
    """The rows of the tables of levels."""
    return list(tab.page.get_by_role("row").all_inner_texts())


def dirty(content: bytes) -> bytes:
    """A chain as it is found: UTF-16, an empty line among the options, one twice, one without its open interest."""
    lines = content.split(b"\r\n")
    lines[5] = lines[5].replace(b",10,95.00,", b",n/a,95.00,")
    return b"\r\n".join([*lines[:7], b"", *lines[7:-1], lines[-2], b""]).decode().encode("utf-16")


def test_a_dirty_chain_is_shown_with_its_levels(tab: Tab) -> None:
    upload(tab, "quotedata.csv", small_chain())
    tab.page.get_by_text("quotedata.csv: quotes of 2022-12-12").wait_for()
    clean = levels(tab)
    upload(tab, "dirty.csv", dirty(small_chain()))
    tab.page.get_by_text("dirty.csv: quotes of 2022-12-12").wait_for()
    assert any("call wall" in row.lower() for row in levels(tab)), levels(tab)
    assert levels(tab) != clean
    assert tab.page.get_by_role("alert").count() == 0


def test_what_is_no_chain_is_refused_in_words(tab: Tab) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    for name, content, said in (
        ("empty.csv", b" \n", "the file is empty"),
        ("picture.csv", picture, "chain"),
        ("cut.csv", small_chain()[:-120], "a download that was cut short"),
    ):
        upload(tab, name, content)
        alert = tab.page.get_by_role("alert").filter(has_text=name)
        alert.wait_for()
        assert said in alert.inner_text()
    upload(tab, "whole.csv", small_chain())
    tab.page.get_by_text("whole.csv: quotes of").wait_for()


@pytest.mark.parametrize("size", [LARGEST_UPLOAD + 1024, 60 * 1024 * 1024])
def test_a_file_that_is_too_large_is_refused_in_words_and_the_tab_lives_on(tab: Tab, tmp_path: Path, size: int) -> None:
    """The larger one would be more than the server takes in one message, and cut the connection."""
    file = tmp_path / "huge.csv"
    with file.open("wb") as hole:
        hole.truncate(size)
    for name in ("first.csv", "second.csv"):  # the same file once more is refused once more
        choose(tab, file)
        alert = tab.page.get_by_role("alert").filter(has_text="huge.csv")
        alert.wait_for()
        assert "files up to 32 MB can be opened here" in alert.inner_text()
        upload(tab, name, small_chain())
        tab.page.get_by_text(f"{name}: quotes of").wait_for()
        assert tab.page.get_by_role("alert").count() == 0


def test_what_a_file_does_not_say_is_asked_for_beside_it(tab: Tab) -> None:
    field = tab.page.get_by_label("Spot ($)")
    assert not field.is_visible()
    upload(tab, "nospot.csv", small_chain().replace(b"Last: 100.0", b"Last: "))
    alert = tab.page.get_by_role("alert").filter(has_text="nospot.csv")
    alert.wait_for()
    assert "give the spot in its field here" in alert.inner_text()
    assert "--spot" not in alert.inner_text()
    field.fill("101.5")
    field.press("Enter")
    tab.page.get_by_text("nospot.csv: quotes of").wait_for()
    assert any(f"{105.0 / 101.5 - 1.0:+.2%}" in row for row in levels(tab)), "distances are those from the spot given"
    upload(tab, "whole.csv", small_chain())
    tab.page.get_by_text("whole.csv: quotes of").wait_for()
    assert not field.is_visible(), "what is true of one file is not carried to another"


def test_from_a_file_there_is_a_way_back_to_the_source(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "watched.csv"
    file.write_bytes(small_chain())
    with live_program("--chain", str(file), "--every", "0.5") as program, Tab(browser, program.url) as tab:
        tab.press("Chain")
        tab.page.get_by_text("next look in").wait_for()
        back = tab.page.get_by_role("button", name="Back to watched.csv")
        assert not back.is_visible()
        for _ in range(2):  # the same file again, too
            upload(tab, "mine.csv", small_chain(spot=101.0, time="10:45 AM"))
            tab.page.get_by_text("mine.csv: quotes of 2022-12-12 10:45").wait_for()
            back.click()
            tab.page.get_by_text("watched.csv: quotes of 2022-12-12 10:30").wait_for()
            back.wait_for(state="hidden")
        assert tab.said == []


@pytest.mark.parametrize("name", [HOSTILE, "../../etc/passwd.csv"])
def test_a_hostile_name_is_only_shown(tab: Tab, name: str) -> None:
    """Browsers cut off folders themselves; what a program would send instead is tested beside the view."""
    upload(tab, name, b"no chain")
    shown = tab.page.get_by_role("alert").filter(has_text=name.rpartition("/")[2])
    shown.wait_for()
    upload(tab, name, small_chain())
    tab.page.get_by_role("status").filter(has_text="as opened in this tab").wait_for()
    assert tab.page.locator("img").count() == 0
    assert tab.page.title() == "simhedge live: regime-change"


@contextmanager
def source(folder: Path, port: int) -> Iterator[None]:
    """A server of the files in a folder, killed at the end of the block."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_a_source_that_dies_is_stale_and_comes_back(browser: Any, tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "chain.csv"
    file.write_bytes(small_chain())
    watched = f"http://127.0.0.1:{port}/chain.csv"
    with live_program("--chain", watched, "--every", "0.5") as program, Tab(browser, program.url) as tab:
        tab.press("Chain")
        with source(tmp_path, port):
            tab.page.get_by_text("quotes of 2022-12-12 10:30").wait_for()
            shown = levels(tab)
        tab.page.get_by_role("alert").filter(has_text="STALE").wait_for()
        assert levels(tab) == shown
        file.unlink()
        (tmp_path / "new.csv").write_bytes(small_chain(spot=101.0, time="10:45 AM"))
        shutil.move(tmp_path / "new.csv", file)
        with source(tmp_path, port):
            tab.page.get_by_text("quotes of 2022-12-12 10:45").wait_for()
            assert tab.page.get_by_role("alert").count() == 0
            assert levels(tab) != shown
        assert tab.said == []
