"""The page on Python has every public name, once."""

from __future__ import annotations

import re
from pathlib import Path

import simhedge as sh
from simhedge import report
from simhedge.report import figures

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


def documented(module: str) -> list[str]:
    """The names that the page documents of a module."""
    parts = re.split(r"^\.\. currentmodule:: ([\w.]+)$", PAGE, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    texts = [text for name, text in pairs if name == module]
    return [found for text in texts for found in re.findall(r"^\.\. auto\w+:: (\w+)", text, flags=re.MULTILINE)]


def test_names_of_the_package() -> None:
    assert sorted(documented("simhedge")) == sorted(sh.__all__)


def test_names_of_reports_and_figures() -> None:
    assert sorted(documented("simhedge.report")) == sorted(report.__all__)
    assert sorted(documented("simhedge.report.figures")) == sorted(figures.__all__)
