"""The gallery: every shipped scenario run at build time, a page for each and an index of cards, in docs/gallery/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scenario_page import FIGURES, Shown, fan_in_words, scenario_page
from thumbnail import thumbnail
from writing import write_text

import simhedge as sh
from simhedge.cli.scenarios import claim
from simhedge.report.figures import figure_paths, run_figures
from simhedge.report.style import save_figure

MOST_PATHS = 1_000
INTRODUCTION = f"""\
# Gallery of scenarios

Every scenario that comes with simhedge, run when this page was built, with {MOST_PATHS:,} paths where its file asks for
more. Blue: prices in the world in which dealers hedge, nine paths in ten, the middle half darker, the median black.
Orange: nine in ten of the same paths without their hedges, the twin.
"""


def build_gallery(folder: Path, files: dict[str, Path], most_paths: int = MOST_PATHS) -> None:
    """Run the scenarios of `files` (by name) and write pages, pictures and index.md into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    gallery = [run_scenario(name, file, most_paths) for name, file in files.items()]
    gallery.sort(key=lambda shown: (shown.base or shown.name, shown.base is not None, shown.name))
    for shown in gallery:
        draw(shown, folder)
        write_text(folder / f"{shown.name}.md", scenario_page(shown))
    write_text(folder / "index.md", gallery_index(gallery))


def run_scenario(name: str, file: Path, most_paths: int) -> Shown:
    """The scenario with its run, of `most_paths` paths at most."""
    scenario = sh.load_scenario(file)
    result = sh.run(scenario.with_overrides({"paths": min(scenario.paths, most_paths)}))
    bases = [Path(layer.source).stem for layer in scenario.origin[:-1]]
    return Shown(name, file, bases[-1] if bases else None, scenario.paths, result, figure_paths(result))


def draw(shown: Shown, folder: Path) -> None:
    """Write the pictures of a page and of its card."""
    figures = run_figures(shown.result, shown.paths)
    for name in FIGURES:
        save_figure(figures[name](), folder / f"{shown.name}_{name}.png")
    save_figure(thumbnail(shown.paths), folder / f"{shown.name}_card.png")


def gallery_index(gallery: Iterable[Shown]) -> str:
    """The index page: a grid of cards, and the table of contents."""
    shown = list(gallery)
    cards = "\n".join(_card(one) for one in shown)
    contents = "\n".join(one.name for one in shown)
    return (
        f"{INTRODUCTION}\n:::::{{grid}} 1 2 2 3\n:gutter: 3\n\n{cards}\n:::::\n\n"
        f":::{{toctree}}\n:hidden:\n\n{contents}\n:::\n"
    )


def _card(shown: Shown) -> str:
    return (
        f"::::{{grid-item-card}} {shown.name}\n:link: {shown.name}\n:link-type: doc\n"
        f":img-top: {shown.name}_card.png\n:img-alt: {fan_in_words(shown)}\n\n{claim(shown.file)}\n::::\n"
    )


def _write(site: Any) -> None:
    build_gallery(Path(site.srcdir) / "gallery", sh.shipped_scenarios())


def setup(site: Any) -> dict[str, Any]:
    """What Sphinx wants to know of an extension."""
    site.connect("builder-inited", _write)
    return {"parallel_read_safe": True}
