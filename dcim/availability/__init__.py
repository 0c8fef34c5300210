"""Availability: facts in, seven exclusive categories and exact figures out. Pure.

    entries ─▶ Evidence ─▶ seen ─▶ account ─▶ figures ─▶ claim
                              └▶ join (several services as one)

Unknown is never up; what was not seen is its own category; every figure is an exact fraction of microseconds.
The arithmetic stands in ``docs/availability.md``, so that somebody else can compute it again.
"""

from dcim.availability.account import Account, Tally
from dcim.availability.answer import Answer, View, all_of, answer, grouped, together
from dcim.availability.calendar import following, moment, named, period_of
from dcim.availability.category import CATEGORIES, LOST, Category, Level, Microseconds, Period
from dcim.availability.claim import claim
from dcim.availability.episodes import Episode, Episodes
from dcim.availability.evidence import Evidence, evidence, settled
from dcim.availability.figures import Budget, Figures, Verdict, burn, figures
from dcim.availability.group import Partial
from dcim.availability.knowledge import Knowledge
from dcim.availability.reclassified import Reclassified
from dcim.availability.share import UNDEFINED, Bare, Refused, Share, percent
from dcim.availability.slices import Slice, Slices
from dcim.availability.statement import Statement, Statements
from dcim.availability.work import Work

__all__ = [
    "CATEGORIES",
    "LOST",
    "UNDEFINED",
    "Account",
    "Answer",
    "Bare",
    "Budget",
    "Category",
    "Episode",
    "Episodes",
    "Evidence",
    "Figures",
    "Knowledge",
    "Level",
    "Microseconds",
    "Partial",
    "Period",
    "Reclassified",
    "Refused",
    "Share",
    "Slice",
    "Slices",
    "Statement",
    "Statements",
    "Tally",
    "Verdict",
    "View",
    "Work",
    "all_of",
    "answer",
    "burn",
    "claim",
    "evidence",
    "figures",
    "following",
    "grouped",
    "moment",
    "named",
    "percent",
    "period_of",
    "settled",
    "together",
]
