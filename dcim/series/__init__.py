"""The newest batch of every lane of every device, and whether it still counts."""

from dcim.series.freshness import Freshness, Quality
from dcim.series.newest import Newest

__all__ = ["Freshness", "Newest", "Quality"]
