"""The contract that a collector implements: one per protocol, by the entry point ``dcim.collectors``."""

from dcim.collect.asking import Ask, BeginsPolls, Collected, Collector, Credential, Match, Outcome, Remembers
from dcim.collect.finding import (
    Decoded,
    Explored,
    Explores,
    ListsBeside,
    TellsTroubles,
    Trouble,
    Unread,
    whole_lines,
)
from dcim.collect.hearing import Ear, Heard, Listens, Stranger
from dcim.collect.plugin import (
    CollectorPlugin,
    Endpoint,
    Family,
    MasksRecordings,
    ProfileSummary,
    TellsEndpoints,
    host_form,
)

__all__ = [
    "Ask",
    "BeginsPolls",
    "Collected",
    "Collector",
    "CollectorPlugin",
    "Credential",
    "Decoded",
    "Ear",
    "Endpoint",
    "Explored",
    "Explores",
    "Family",
    "Heard",
    "Listens",
    "ListsBeside",
    "MasksRecordings",
    "Match",
    "Outcome",
    "ProfileSummary",
    "Remembers",
    "Stranger",
    "TellsEndpoints",
    "TellsTroubles",
    "Trouble",
    "Unread",
    "host_form",
    "whole_lines",
]
