"""Results that the model cannot give are listed with what they would take."""

from __future__ import annotations

from canon_cells import cells_of

from simhedge.canon.results import missing as canon


def test_all_are_not_available_and_say_why() -> None:
    cells = cells_of(canon, 128)
    assert len(cells) == len(canon.ROWS) >= 8
    for cell in cells.values():
        assert cell.verdict == "not available"
        assert cell.explanation.startswith("Not in the model: ")
        assert cell.source
        assert cell.status != "R"
