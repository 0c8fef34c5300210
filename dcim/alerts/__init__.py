"""What is wrong in the building: rules as data, a pure evaluation and life cycle, and the watch over both.

rule files ─▶ RuleSet ─▶ Watch.take(batch) ─▶ Change ─▶ notify.record ─▶ Work ─▶ store
                           evaluate, step
"""

from dcim.alerts.alert import Alert, Change, alert_key
from dcim.alerts.condition import Expression, Observation, Seen, Snapshot, Truth, evaluate
from dcim.alerts.rule import Delay, Language, Rule, Severity, Text, detection_bound
from dcim.alerts.rules import compile_rules, read_rules, shipped_files, shipped_rules
from dcim.alerts.ruleset import RuleSet
from dcim.alerts.state import Ack, AlertState, ChangeKind, Event, Phase, Step, Tick, step
from dcim.alerts.watch import Watch

__all__ = [
    "Ack",
    "Alert",
    "AlertState",
    "Change",
    "ChangeKind",
    "Delay",
    "Event",
    "Expression",
    "Language",
    "Observation",
    "Phase",
    "Rule",
    "RuleSet",
    "Seen",
    "Severity",
    "Snapshot",
    "Step",
    "Text",
    "Tick",
    "Truth",
    "Watch",
    "alert_key",
    "compile_rules",
    "detection_bound",
    "evaluate",
    "read_rules",
    "shipped_files",
    "shipped_rules",
    "step",
]
