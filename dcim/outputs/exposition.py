"""The words of Prometheus' text format: names, labels, values, families. Pure.

# HELP dcim_pdu_outlet_power_watts Power of an outlet.
# TYPE dcim_pdu_outlet_power_watts gauge
dcim_pdu_outlet_power_watts{asset="pdu-1",kind="pdu",rack="r1-01",outlet="7"} 120.5
└── family ───────────────┘└── of the device ────────────────┘└ of the point ┘
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from dcim.catalogue import METRICS, Shape
from dcim.model import Asset, Identity, Labels

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
INFO_FAMILY: Final = "dcim_device_info"

_TYPES: Final = {
    Shape.GAUGE: "gauge",
    Shape.COUNTER: "counter",
    Shape.STATE: "gauge",
    Shape.ALARM: "gauge",
}
_OWN_LABELS: Final = frozenset({"asset", "kind", "site", "room", "rack", "feed", "tenant", "state"})
_BAD_IN_NAME: Final = re.compile(r"[^a-zA-Z0-9_]")
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_HELP_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})


def quoted(value: str) -> str:
    """Return a label's value in quotes. Lone surrogates, which UTF-8 cannot carry, become ``?``."""
    return f'"{value.encode("utf-8", "replace").decode().translate(_ESCAPES)}"'


def label_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that Prometheus accepts and that is not ``taken``."""
    clean = _BAD_IN_NAME.sub("_", name).strip("_") or "label"
    if clean[0].isdigit():
        clean = f"label_{clean}"
    if clean in _OWN_LABELS:
        clean = f"point_{clean}"
    used, free, turn = set(taken), clean, 2
    while free in used:
        free, turn = f"{clean}_{turn}", turn + 1
    return free


def device_labels(asset: Asset) -> str:
    """Return the labels that every series of a device carries, without braces; empty ones are left out."""
    return _joined(device_values(asset))


def device_values(asset: Asset) -> dict[str, str]:
    """Return the labels that every series of a device carries, by name; empty ones too."""
    return {
        "asset": asset.id,
        "kind": asset.kind.value,
        "site": asset.site,
        "room": asset.room,
        "rack": asset.rack,
        "feed": asset.feed,
        "tenant": asset.tenant,
    }


def point_labels(labels: Labels) -> str:
    """Return the labels of a point, each after a comma; empty ones are left out."""
    values = point_values(labels)
    return f",{_joined(values)}" if values else ""


def point_values(labels: Labels) -> dict[str, str]:
    """Return the labels of a point by the names that they have outside; empty ones are left out."""
    values: dict[str, str] = {}
    for name, value in labels:
        if value:
            values[label_name(name, values)] = value
    return values


def info_line(asset: Asset, identity: Identity) -> str:
    """Return the series that says what a device is."""
    return f"{INFO_FAMILY}{{{_joined(info_values(asset, identity))}}} 1\n"


def info_values(asset: Asset, identity: Identity) -> dict[str, str]:
    """Return the labels that say what a device is, by name; empty ones too."""
    return {
        "asset": asset.id,
        "name": asset.name,
        "vendor": identity.vendor,
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
    }


def _joined(values: Mapping[str, str]) -> str:
    return ",".join(f"{name}={quoted(value)}" for name, value in values.items() if value)


def family_head(metric: str) -> str:
    """Return the HELP and TYPE lines of a metric by its name inside the house."""
    known = METRICS.get(metric)
    name = exported(metric)
    if known is None:
        return f"# TYPE {name} untyped\n"
    return f"# HELP {name} {known.help.translate(_HELP_ESCAPES)}\n# TYPE {name} {_TYPES[known.shape]}\n"


def openmetrics_head(metric: str) -> str:
    """Return TYPE, UNIT and HELP of a metric as OpenMetrics 1.0 has them: a counter without _total."""
    known = METRICS.get(metric)
    family = exported(metric)
    if known is None:
        return f"# TYPE {family} unknown\n"
    family = family.removesuffix("_total") if known.shape is Shape.COUNTER else family
    unit = f"# UNIT {family} {known.unit}\n" if known.unit and family.endswith(f"_{known.unit}") else ""
    return f"# TYPE {family} {_TYPES[known.shape]}\n{unit}# HELP {family} {known.help.translate(_ESCAPES)}\n"


OPENMETRICS_INFO_HEAD: Final = (
    f"# TYPE {INFO_FAMILY.removesuffix('_info')} info\n"
    f"# HELP {INFO_FAMILY.removesuffix('_info')} What the device is.\n"
)
INFO_HEAD: Final = f"# HELP {INFO_FAMILY} What the device is.\n# TYPE {INFO_FAMILY} gauge\n"


def exported(metric: str) -> str:
    """Return the name of a metric outside the house."""
    return f"dcim_{metric}"
