"""Figures by name, in three formats, all or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_pages import by_hand, small_run

from simhedge.errors import InputError
from simhedge.report import figure_files, style
from simhedge.report.figure_files import write_figure_files

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("image_format", STARTS)
def test_a_figure_is_written_in_its_format_and_always_the_same(tmp_path: Path, image_format: Any) -> None:
    one, other = (write_figure_files(small_run(), tmp_path / k, image_format, ["gain"])[0] for k in ("a", "b"))
    assert one.name == f"gain.{image_format}"
    assert one.read_bytes().startswith(STARTS[image_format])
    assert one.read_bytes() == other.read_bytes()


def test_without_names_every_figure_is_written(tmp_path: Path) -> None:
    written = write_figure_files(small_run(), tmp_path, "svg")
    assert [file.name for file in written] == ["fan.svg", "path.svg", "gain.svg"]
    assert sorted(tmp_path.iterdir()) == sorted(written)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        write_figure_files(by_hand(), tmp_path, "svg", ["touch", "xyz"])
    assert refused.value.key == "--figure"
    assert refused.value.value == "touch"
    assert "touch_and_hold" in str(refused.value)
    with pytest.raises(InputError, match="figures: fan, path, gain"):
        write_figure_files(small_run(), tmp_path, "svg", ["xyz"])
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fan.svg").write_text("before", encoding="utf-8")
    drawn = []

    def fail_later(figure: Any, path: Path, image_format: str) -> None:
        drawn.append(path)
        if len(drawn) == 2:
            raise OSError(28, "no space left")
        path.write_text("new", encoding="utf-8")

    monkeypatch.setattr(style, "save_figure", fail_later)
    with pytest.raises(OSError, match="no space"):
        figure_files.write_figure_files(small_run(), tmp_path, "svg")
    assert [file.name for file in tmp_path.iterdir()] == ["fan.svg"]
    assert (tmp_path / "fan.svg").read_text(encoding="utf-8") == "before"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "taken"
    file.touch()
    with pytest.raises(InputError, match="not a directory"):
        write_figure_files(small_run(), file)
