"""``bench`` is a folder of the checkout, in no wheel: it is imported from there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
