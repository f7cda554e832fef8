"""`fetch` from files: what comes out, and words for everything that is no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from simhedge.chains import source
from simhedge.chains.source import Fetched, fetch, fetch_newer, is_address
from simhedge.errors import InputError


def test_the_bytes_of_a_file_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "chain.csv"
    content = b"\xef\xbb\xbfa,\r\n\x00" * 300_000
    path.write_bytes(content)
    assert fetch(path) == fetch(str(path)) == content
    assert fetch_newer(path, None) == Fetched(content, None)


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"x" * 100_000,))
    writer.start()
    assert fetch(path) == b"x" * 100_000
    writer.join()


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n" * 1000])
def test_nothing_but_blanks_is_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "chain.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="empty") as caught:
        fetch(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere/chain.csv", "no such file"),
        (".", "is a directory"),
        ("/dev/zero", "is a device"),
        ("a" * 5000, "cannot be read"),
        ("a\0b", "cannot be read"),
        ("ftp://example.org/chain.csv", "no such file.*http://"),
    ],
)
def test_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, message: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        fetch(name)
    assert caught.value.remedy


def test_a_wrong_name_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "spx_quotedata.csv").write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        fetch(tmp_path / "spx_quotdata.csv")
    assert str(tmp_path / "spx_quotedata.csv") in str(caught.value.remedy)


def test_more_than_any_chain_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST_SOURCE", 2 * 1024**2)
    path = tmp_path / "chain.csv"
    path.write_bytes(b"x" * 2 * 1024**2)
    assert len(fetch(path)) == 2 * 1024**2
    path.write_bytes(b"x" * (2 * 1024**2 + 1))
    with pytest.raises(InputError, match="more than 2 MB"):
        fetch(path)


def test_an_endless_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "LARGEST_SOURCE", 1024**2)
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as stream:
            try:
                while stream.write(b"x" * 65_536):
                    pass
            except BrokenPipeError:
                return

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(InputError, match="more than 1 MB"):
        fetch(path)
    writer.join(5.0)
    assert not writer.is_alive()


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "chain.csv"
    path.write_bytes(b"first half,")
    reading = source.read_at_most

    def read_and_grow(stream: object, file: str) -> bytes:
        content = reading(stream, file)  # type: ignore[arg-type]
        with path.open("ab") as writer:
            writer.write(b"second half")
        return content

    monkeypatch.setattr(source, "read_at_most", read_and_grow)
    with pytest.raises(InputError, match="written to while it was read"):
        fetch(path)


def test_addresses() -> None:
    assert is_address("HTTP://x")
    assert is_address("https://x/y.json")
    assert not is_address(Path("http.csv"))
    assert not is_address("ftp://x")
