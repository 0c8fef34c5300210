"""What would be if something were lost, asked all the time on the live load.

seen.py       which readings tell how power flows, as slots of an array
situation.py  those numbers as the flow takes them; ways.py: where in the array they stand
judge.py      every single loss: what each part keeps at worst; hits.py: which services fall
limits.py     what parts may carry, and what they carry of it
verdict.py    what is found, as plain values; rows.py: what each part keeps, in columns
message.py    what is said to the child, and what comes back
bridge.py     what is known of parts, through an answer that came too late
advice.py     what a drawing leaves open that costs an answer
compare.py    what was said of a loss against what came of it
place.py      where there is room for something new
series.py     what is found as points
engine.py     a site that is told how it stands and answers questions
child.py      the process in which that runs; worker.py: the daemon's end of the pipe
within.py     the engine without a process, for replays
"""

from dcim.redundancy.message import Book, Built, Question, Refused, Values
from dcim.redundancy.place import Spot, Wish
from dcim.redundancy.verdict import (
    Answer,
    Headroom,
    ServiceVerdict,
    Shown,
    Single,
    Survival,
    Verdicts,
    Warming,
)
from dcim.redundancy.within import Asks, Within
from dcim.redundancy.worker import ChildFailed, Worker

__all__ = [
    "Answer",
    "Asks",
    "Book",
    "Built",
    "ChildFailed",
    "Headroom",
    "Question",
    "Refused",
    "ServiceVerdict",
    "Shown",
    "Single",
    "Spot",
    "Survival",
    "Values",
    "Verdicts",
    "Warming",
    "Wish",
    "Within",
    "Worker",
]
