"""The generator of dashboards stands outside the packages: it is a tool of development."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "dashboards"))
