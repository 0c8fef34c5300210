"""The words the rest of the package speaks in. Imports nothing of ours."""

from dcim.model.asset import Address, Asset, Identity, Kind
from dcim.model.errors import (
    BadAnswer,
    ConfigError,
    DcimError,
    NoAnswer,
    NotARecording,
    PollError,
    Problem,
    Refused,
    Sign,
)
from dcim.model.memory import Memory
from dcim.model.point import Labels, Point, Points, canonical
from dcim.model.reading import (
    Batch,
    Gap,
    GapReason,
    Health,
    Lane,
    Layout,
    Meaning,
    Reading,
    state_code,
)
from dcim.model.severity import Severity
from dcim.model.text import legible

__all__ = [
    "Address",
    "Asset",
    "BadAnswer",
    "Batch",
    "ConfigError",
    "DcimError",
    "Gap",
    "GapReason",
    "Health",
    "Identity",
    "Kind",
    "Labels",
    "Lane",
    "Layout",
    "Meaning",
    "Memory",
    "NoAnswer",
    "NotARecording",
    "Point",
    "Points",
    "PollError",
    "Problem",
    "Reading",
    "Refused",
    "Severity",
    "Sign",
    "canonical",
    "legible",
    "state_code",
]
