"""The three pictures of the live page in its documentation, taken of the page itself in a browser.

    python docs/_pictures/make_live_pictures.py [FOLDER]

The folder is docs/_static unless another is given. Chromium is needed, and the extras `live` and `test`.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
SIZE: Any = {"width": 1280, "height": 720}
PATIENCE_MS = 120_000
DAY_SHOWN = 7  # of regime_change: the price has crossed zero gamma


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """The address of `simhedge live ARGUMENTS` while it runs."""
    command = [sys.executable, "-m", "simhedge", "live", "--no-browser", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
        assert program.stdout is not None
        try:
            yield program.stdout.readline().strip()
        finally:
            program.send_signal(signal.SIGINT)


def show_market(page: Page) -> None:
    """The live tab some days into a cycle, at rest."""
    page.get_by_text(f"day {DAY_SHOWN}.").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(1_500)  # until what was under way is drawn


def show_ensemble(page: Page) -> None:
    """The ensemble tab with all its paths."""
    page.get_by_role("button", name="Ensemble").click()
    page.get_by_text("5,000 paths").wait_for()
    page.wait_for_timeout(500)


def show_chain(page: Page) -> None:
    """The chain tab with the levels of the watched chain."""
    page.get_by_role("button", name="Chain").click()
    page.get_by_text("flashalpha").first.wait_for()
    page.wait_for_timeout(500)


PICTURES: dict[str, tuple[Callable[[Page], None], tuple[str, ...]]] = {
    "live_market.png": (show_market, ("regime_change",)),
    "live_ensemble.png": (show_ensemble, ("expiry_pin",)),
    "live_chain.png": (show_chain, ("spx_chain", "--chain", "scenarios/data/spx_like_quotedata.csv")),
}


def take(folder: Path) -> list[Path]:
    """The files of all pictures, written to `folder`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (show, arguments) in PICTURES.items():
            with served(*arguments) as address:
                page = browser.new_page(viewport=SIZE)
                page.set_default_timeout(PATIENCE_MS)
                page.goto(address)
                show(page)
                page.screenshot(path=folder / name)
                page.close()
        browser.close()
    return [folder / name for name in PICTURES]


if __name__ == "__main__":
    print(*take(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "_static"), sep="\n")
