"""Our rules as recording and alerting rules of Prometheus, for those who alert from there; with their tests.

rule ─▶ expression ─┬▶ recorded shares and rises ─┐
                    └▶ or why it cannot be said    ├▶ files (rules, tests of promtool)
rule ─▶ witnesses: readings that raise it, or not ─┘

Prometheus decides in two values: what is unknown is nothing there. The daemon's own alerts know better.
"""

from dcim.promrules.expression import Said, Unsayable, said
from dcim.promrules.files import Wish, is_generated, rule_file, unit_tests, unsaid, unsayable

__all__ = [
    "Said",
    "Unsayable",
    "Wish",
    "is_generated",
    "rule_file",
    "said",
    "unit_tests",
    "unsaid",
    "unsayable",
]
