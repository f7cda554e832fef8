"""The disk cache follows the sources of all kernels, leaves numba's own setting alone, and is left out if need be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from simhedge.kernels import compiler
from simhedge.kernels.compiler import kernel, source_hash

ROOT = Path(compiler.__file__).parents[2]


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter that runs `code` with these environment variables added."""
    search_path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": search_path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in ("inner.py", "outer.py"):
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def test_hash_is_a_function_of_the_sources(sources: Path) -> None:
    assert source_hash(sources) == source_hash(sources)
    assert source_hash(sources) != source_hash(Path(compiler.__file__).parent)


def test_hash_changes_with_any_source(sources: Path) -> None:
    before = source_hash(sources)
    (sources / "inner.py").write_text("# inner.py, changed\n")
    assert source_hash(sources) != before


def test_hash_changes_with_a_new_module_and_with_a_renamed_one(sources: Path) -> None:
    before = source_hash(sources)
    (sources / "outer.py").rename(sources / "other.py")
    renamed = source_hash(sources)
    (sources / "third.py").write_text("")
    assert len({before, renamed, source_hash(sources)}) == 3


def test_hash_changes_with_numba(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = source_hash(sources)
    monkeypatch.setattr(numba, "__version__", "0.0.0")
    assert source_hash(sources) != before


def test_cache_directory_lies_in_the_named_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMHEDGE_CACHE_DIR", str(tmp_path))
    assert compiler.cache_directory() == tmp_path / source_hash(Path(compiler.__file__).parent)
    monkeypatch.delenv("SIMHEDGE_CACHE_DIR")
    assert tmp_path not in compiler.cache_directory().parents
    assert "simhedge" in str(compiler.cache_directory())


@pytest.mark.parametrize("options", [{}, {"inline": True}, {"inner": True}])
def test_numba_setting_is_restored(options: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", "as the user set it")
    kernel(**options)(lambda x: x + 1.0)
    assert numba.config.CACHE_DIR == "as the user set it"


def test_numba_setting_is_restored_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> object:
        raise RuntimeError("refused")

    monkeypatch.setattr(numba.config, "CACHE_DIR", "as the user set it")
    monkeypatch.setattr(numba, "njit", refuse)
    with pytest.raises(RuntimeError, match="refused"):
        kernel()(lambda x: x)
    assert numba.config.CACHE_DIR == "as the user set it"


USE_KERNEL = """
import numpy as np
from simhedge.kernels import compiler, normal
from simhedge.kernels.black_scholes import prices
column = lambda value: np.full(3, value)
out = column(0.0)
prices(column(1.0), column(100.0), column(100.0), column(1.0), 0.05, 0.02, column(0.2), out)
assert np.allclose(out, 9.22700550815, rtol=1e-11), out
print(compiler.CACHE_ENABLED)
"""


def test_compiled_kernels_are_cached_under_the_hash(tmp_path: Path) -> None:
    done = run_python(USE_KERNEL, SIMHEDGE_CACHE_DIR=str(tmp_path))
    assert done.stdout.strip() == "True", done.stderr
    assert done.stderr == ""
    cached = [path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*.nbi")]
    assert cached == [source_hash(Path(compiler.__file__).parent)]


def test_without_a_writable_place_kernels_run_and_warn_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file where a directory is wanted")
    done = run_python(USE_KERNEL, SIMHEDGE_CACHE_DIR=str(tmp_path / "file"))
    assert done.stdout.strip() == "False", done.stderr
    assert done.stderr.count("RuntimeWarning: compiled kernels cannot be cached") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_uncompiled_kernels_touch_no_cache(tmp_path: Path) -> None:
    done = run_python(USE_KERNEL, SIMHEDGE_CACHE_DIR=str(tmp_path / "cache"), NUMBA_DISABLE_JIT="1")
    assert done.stdout.strip() == "False", done.stderr
    assert not (tmp_path / "cache").exists()


def test_division_by_zero_is_as_in_numpy() -> None:
    ratio = kernel(inline=True)(lambda a, b: a / b)
    assert ratio(1.0, 0.0) == np.inf
