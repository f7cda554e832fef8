"""The extensions and scripts of docs/ are modules beside the package: they are found where the build finds them."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
sys.path[:0] = [str(DOCS / "_ext"), str(DOCS / "_pictures")]
