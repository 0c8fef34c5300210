"""Why did it page, why did it not: one line each, from what is known now or was known then. Pure.

alert, rule, device ─▶ Story (plain data) ─▶ verdict ─┐
facts of the ledger ─▶ past ─▶ Story                  ├─▶ Answer: one sentence, then a line a topic
                               lines, telling ────────┘
"""

from dcim.explain.answer import Answer, Line, Topic, Unknown
from dcim.explain.names import nearest
from dcim.explain.past import deliveries, mutes_at, past_story, works_at
from dcim.explain.said import Teller, evidence_said, mute_said, reading_said
from dcim.explain.story import Course, Delivery, Look, Placed, Sight, State, Story, Verdict, Work, verdict
from dcim.explain.subjects import DeviceStory, of_alert, of_device, of_incident, of_service

__all__ = [
    "Answer",
    "Course",
    "Delivery",
    "DeviceStory",
    "Line",
    "Look",
    "Placed",
    "Sight",
    "State",
    "Story",
    "Teller",
    "Topic",
    "Unknown",
    "Verdict",
    "Work",
    "deliveries",
    "evidence_said",
    "mute_said",
    "mutes_at",
    "nearest",
    "of_alert",
    "of_device",
    "of_incident",
    "of_service",
    "past_story",
    "reading_said",
    "verdict",
    "works_at",
]
