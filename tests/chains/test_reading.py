"""`read_chain` at the door: files that are none, overrides, and only an InputError comes out of bad text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simhedge.chains import read_chain
from simhedge.errors import InputError

Writer = Callable[..., Path]
Line = Callable[..., str]


def test_missing_file_suggests_its_neighbour(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    with pytest.raises(InputError, match="no such file") as caught:
        read_chain(path.with_name("quotdata.csv"))
    assert str(path) in str(caught.value.remedy)
    with pytest.raises(InputError, match="no such file"):
        read_chain(path.parent / "nowhere" / "x.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"PK\x03\x04\x00\x00\x00", "binary"),
        ("Expiration Date,Calls".encode("utf-16"), "binary"),
        (b'{"data": {"options": []}}', "JSON"),
        (b"contractSymbol,strike,bid\nX,1,2\n", "no header row"),
        (b"\xe9t\xe9,Last: 5\n", "no header row"),
        (b"Expiration Date,Calls,Strike,Puts\n", "no heading line"),
    ],
)
def test_files_that_are_no_chain(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_chain(path)
    assert caught.value.file == str(path)
    assert caught.value.remedy


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="directory"):
        read_chain(tmp_path)


def test_a_chain_without_lines(chain_file: Writer) -> None:
    with pytest.raises(InputError, match="no usable option"):
        read_chain(chain_file())


def test_spot_and_quote_time_given(chain_file: Writer, line: Line) -> None:
    path = chain_file(line())
    moment = datetime(2022, 12, 14, 1, 0, tzinfo=UTC)
    chain = read_chain(str(path), spot=104.5, quote_time=moment)
    assert (chain.spot, chain.quote_time) == (104.5, moment)
    assert chain.expiry_days.tolist() == [3.0, 3.0]
    assert read_chain(path, quote_time="2022-12-13 20:00").quote_time == moment


@pytest.mark.parametrize("spot", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_spots(chain_file: Writer, line: Line, spot: float) -> None:
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line()), spot=spot)
    assert caught.value.key == "spot"


@pytest.mark.parametrize("quote_time", ["yesterday evening", "", "NaT", "2022-13-01"])
def test_impossible_quote_times(chain_file: Writer, line: Line, quote_time: str) -> None:
    with pytest.raises(InputError) as caught:
        read_chain(chain_file(line()), quote_time=quote_time)
    assert caught.value.key == "quote_time"


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutilated_files_give_a_chain_or_an_input_error(
    tmp_path: Path, line: Line, chain_file: Writer, data: st.DataObject
) -> None:
    text = chain_file(line(90), line(), line(110)).read_text()
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 12))
    inserted = data.draw(st.text(alphabet=st.sampled_from('0159.,-"eE\n CPX\0é'), max_size=6))
    path = tmp_path / "mutilated.csv"
    path.write_bytes((text[:start] + inserted + text[start + length :]).encode())
    try:
        chain = read_chain(path)
    except InputError:
        with pytest.raises(InputError, match=str(path)):
            read_chain(path)
    else:
        assert chain.report.rows_used > 0
        assert (chain.implied_vol > 0.0).all()
