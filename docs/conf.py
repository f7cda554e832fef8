"""How the site is built: `sphinx-build -W docs docs/_build/html`, without network.

Gallery and command reference are written by the extensions in _ext/ before Sphinx reads its sources.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

from simhedge.report.interactive.look import DARK, LIGHT, TYPEFACE
from simhedge.report.style import CALLS, HEDGED

sys.path.insert(0, str(Path(__file__).parent / "_ext"))
# modules and programs answer without colours of the terminal that builds
os.environ["NO_COLOR"] = "1"

project = "simhedge"
author = "The simhedge authors"
copyright = author
version = release = installed_version("simhedge")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
    "scenario_gallery",
    "cli_reference",
]
exclude_patterns = ["_build", "_ext", "_pictures"]

# Pages are written for GitHub too: its anchors, its tables, no mathematics but what plain text can say.
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
# Notebooks are run by tests/test_notebooks.py and are kept without outputs.
nb_execution_mode = "off"

smartquotes = False  # `--out` is two hyphens
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "furo"
html_title = "simhedge"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
_FONTS = {"font-stack": TYPEFACE, "font-stack--headings": TYPEFACE}
html_theme_options = {
    "light_css_variables": {
        **_FONTS,
        "color-brand-primary": HEDGED,
        "color-brand-content": HEDGED,
        "color-background-primary": LIGHT.sheet,
        "color-background-secondary": LIGHT.page,
        "color-foreground-primary": LIGHT.ink,
        "color-api-name": HEDGED,
        "color-api-pre-name": LIGHT.muted,
    },
    "dark_css_variables": {
        "color-brand-primary": CALLS,
        "color-brand-content": CALLS,
        "color-background-primary": DARK.page,
        "color-background-secondary": DARK.sheet,
        "color-foreground-primary": DARK.ink,
        "color-api-name": CALLS,
        "color-api-pre-name": DARK.muted,
    },
}
