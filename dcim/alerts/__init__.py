"""What is wrong in the building: rules as data, a pure evaluation and life cycle, and the watch over both.

rule files ─▶ RuleSet ─▶ Watch.take(batch) ─▶ Change ─▶ notify.record ─▶ Work ─▶ store
                           evaluate, step
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dcim.alerts.alert import Alert, Change, alert_key, life_of, mute_body
from dcim.alerts.bounds import Bound, bounds
from dcim.alerts.condition import Expression, Observation, Seen, Snapshot, Truth, evaluate
from dcim.alerts.deeds import Deed, Doing, NoSuchAlert, NothingToDo, Proof, perform
from dcim.alerts.memory import MEASURED, MUTES, STATES
from dcim.alerts.mutes import SHELVE_MOST, Lying, MuteRefused, Mutes, Target, check_mute
from dcim.alerts.rule import Delay, Language, Rule, Text, detection_bound
from dcim.alerts.ruleset import RuleSet
from dcim.alerts.standing import Unsaved
from dcim.alerts.state import (
    TOLD,
    Ack,
    AlertState,
    ChangeKind,
    Event,
    Life,
    Mute,
    Muted,
    MuteKind,
    Phase,
    Tick,
)
from dcim.alerts.step import Happened, Step, step
from dcim.alerts.watch import Watch
from dcim.model import Severity

if TYPE_CHECKING:
    from dcim.alerts.rules import compile_rules, read_rules, shipped_files, shipped_rules

__all__ = [
    "MEASURED",
    "MUTES",
    "SHELVE_MOST",
    "STATES",
    "TOLD",
    "Ack",
    "Alert",
    "AlertState",
    "Bound",
    "Change",
    "ChangeKind",
    "Deed",
    "Delay",
    "Doing",
    "Event",
    "Expression",
    "Happened",
    "Language",
    "Life",
    "Lying",
    "Mute",
    "MuteKind",
    "MuteRefused",
    "Muted",
    "Mutes",
    "NoSuchAlert",
    "NothingToDo",
    "Observation",
    "Phase",
    "Proof",
    "Rule",
    "RuleSet",
    "Seen",
    "Severity",
    "Snapshot",
    "Step",
    "Target",
    "Text",
    "Tick",
    "Truth",
    "Unsaved",
    "Watch",
    "alert_key",
    "bounds",
    "check_mute",
    "compile_rules",
    "detection_bound",
    "evaluate",
    "life_of",
    "mute_body",
    "perform",
    "read_rules",
    "shipped_files",
    "shipped_rules",
    "step",
]

_READING = frozenset({"compile_rules", "read_rules", "shipped_files", "shipped_rules"})

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Load what reads rule files for who asks: it needs the whole front end of the configuration."""
        if name not in _READING:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = globals()[name] = getattr(import_module(f"{__name__}.rules"), name)
        return value
