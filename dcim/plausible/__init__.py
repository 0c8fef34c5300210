"""Whether what a device says can be true: its own numbers against each other, in time, and among siblings.

doubt.py        which readings stand under a contradiction
equations.tsv   what must agree in one device, in canonical metrics: one rule serves every vendor
frozen.py       an agent that says what once was: its uptime and all its values stand still
judge.py        verdicts on a device's newest values
plan.py         the same, prepared once a layout
steps.py        counters: no faster than the rating allows
sentence.py     a verdict in words
stuck.py        a probe that says the same for hours while its siblings move
"""

from dcim.plausible.doubt import CHECK, Doubts
from dcim.plausible.formula import EQUATIONS, Equation, parse_equations
from dcim.plausible.frozen import Frozen
from dcim.plausible.judge import Verdict, Verdicts, judge
from dcim.plausible.plan import Plan
from dcim.plausible.sentence import sentence
from dcim.plausible.steps import COUNTERS, Bound, Steps, parse_bounds
from dcim.plausible.stuck import WATCHED, Stuck

__all__ = [
    "CHECK",
    "COUNTERS",
    "EQUATIONS",
    "WATCHED",
    "Bound",
    "Doubts",
    "Equation",
    "Frozen",
    "Plan",
    "Steps",
    "Stuck",
    "Verdict",
    "Verdicts",
    "judge",
    "parse_bounds",
    "parse_equations",
    "sentence",
]
