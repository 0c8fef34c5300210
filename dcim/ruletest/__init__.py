"""Rules against written stories of readings and against recorded days, before they guard anything.

file ─▶ Story ─▶ Stage: the daemon's core on a virtual clock ─▶ Result: expected, found, evidence
history of a day ─▶ batches ─▶ Watch ─▶ what would have been raised and cleared
"""

from dcim.ruletest.notation import Course, course
from dcim.ruletest.read import read_stories, stories_of
from dcim.ruletest.replay import Replayed, replay
from dcim.ruletest.stage import Place, Stage
from dcim.ruletest.story import Story
from dcim.ruletest.verdict import Failure, Result, counted, judge

__all__ = [
    "Course",
    "Failure",
    "Place",
    "Replayed",
    "Result",
    "Stage",
    "Story",
    "counted",
    "course",
    "judge",
    "read_stories",
    "replay",
    "stories_of",
]
