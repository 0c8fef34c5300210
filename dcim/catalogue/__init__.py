"""The closed catalogue: every metric the house knows, and the units that manuals print."""

from dcim.catalogue.metrics import METRICS, UP_TIME, Metric, Shape, parse_metrics
from dcim.catalogue.units import UNITS, Unit

__all__ = ["METRICS", "UNITS", "UP_TIME", "Metric", "Shape", "Unit", "parse_metrics"]
