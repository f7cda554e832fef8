"""The notebooks of docs/ run from beginning to end in a reader's empty directory, and are kept without outputs."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import simhedge

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "notebooks").glob("*.ipynb"))
KERNEL = "python3"
SECONDS_PER_CELL = 300  # a cell that hangs; what a notebook takes is not measured here


def notebook_of(file: Path) -> Any:
    return nbformat.read(file, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory to run in; the kernel `python3` is this interpreter, with the simhedge under test."""
    kernel = tmp_path / "jupyter" / "kernels" / KERNEL
    kernel.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": KERNEL,
        "language": "python",
        "env": {"PYTHONPATH": str(Path(simhedge.__file__).parents[1])},
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for variable in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable.lower()))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")  # without it jupyter_core warns of a move of its directories
    place = tmp_path / "reader"
    place.mkdir()
    return place


def run(notebook: Any, place: Path) -> None:
    """Run all cells in `place`; a cell that fails raises."""
    NotebookClient(
        notebook, timeout=SECONDS_PER_CELL, kernel_name=KERNEL, resources={"metadata": {"path": str(place)}}
    ).execute()


def test_there_are_notebooks() -> None:
    assert [file.name for file in NOTEBOOKS] == ["do_levels_hold.ipynb", "the_class.ipynb", "the_researcher.ipynb"]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_notebooks_run(file: Path, workplace: Path) -> None:
    notebook = notebook_of(file)
    run(notebook, workplace)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert list(workplace.iterdir()) == []  # what it writes it writes elsewhere


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_committed_notebooks_hold_no_outputs(file: Path) -> None:
    notebook = notebook_of(file)
    nbformat.validate(notebook)
    assert [cell for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None] == []
    assert notebook.metadata.kernelspec.name == KERNEL


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_text_comes_before_code(file: Path) -> None:
    """A reader is told what a cell does before it does it, and cells fit a screen."""
    cells = notebook_of(file).cells
    assert cells[0].source.startswith("# ")
    for before, cell in pairwise(cells):
        if cell.cell_type == "code":
            assert before.cell_type == "markdown", cell.source
            assert len(cell.source.splitlines()) <= 16


def test_a_cell_that_fails_is_seen(workplace: Path) -> None:
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 == 2")])
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(notebook, workplace)


def test_the_kernel_is_this_interpreter_with_this_simhedge(workplace: Path) -> None:
    source = "import sys, simhedge\nprint(sys.executable, simhedge.__file__, sep='\\n')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    run(notebook, workplace)
    assert notebook.cells[0].outputs[0].text.split() == [sys.executable, simhedge.__file__]
