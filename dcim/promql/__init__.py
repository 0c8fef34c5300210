"""The part of PromQL that dashboards use, answered as Prometheus 2 does, over any source of samples. Pure."""

from dcim.promql.errors import BadQuery, QueryError, Unanswerable
from dcim.promql.evaluate import Evaluation, Limits, Said
from dcim.promql.parse import parse, parse_matchers
from dcim.promql.source import STALE, Samples, Selection, Source
from dcim.promql.tree import NAME, Match, Matcher, Node
from dcim.promql.vector import LOOKBACK, Grid, Vector

__all__ = [
    "LOOKBACK",
    "NAME",
    "STALE",
    "BadQuery",
    "Evaluation",
    "Grid",
    "Limits",
    "Match",
    "Matcher",
    "Node",
    "QueryError",
    "Said",
    "Samples",
    "Selection",
    "Source",
    "Unanswerable",
    "Vector",
    "parse",
    "parse_matchers",
]
