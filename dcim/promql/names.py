"""The names of what is answered: functions, aggregations, operators. Anything else is refused by its name."""

from __future__ import annotations

from typing import Final

OVER_TIME: Final = frozenset(
    {
        "avg_over_time",
        "changes",
        "count_over_time",
        "last_over_time",
        "max_over_time",
        "min_over_time",
        "present_over_time",
        "resets",
        "sum_over_time",
    }
)
"""Functions of the samples of a range, each sample for itself."""

RATES: Final = frozenset({"delta", "idelta", "increase", "irate", "rate"})
"""Functions of the samples of a range and of the time between them."""

NUMERIC: Final = frozenset({"abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "round"})
"""Functions of each value for itself."""

FUNCTIONS: Final = (
    OVER_TIME
    | RATES
    | NUMERIC
    | frozenset(
        {
            "absent",
            "absent_over_time",
            "histogram_quantile",
            "label_replace",
            "scalar",
            "sort",
            "sort_desc",
            "time",
            "timestamp",
            "vector",
        }
    )
)
"""Every function that is answered."""

AGGREGATIONS: Final = frozenset({"avg", "bottomk", "count", "group", "max", "min", "sum", "topk"})
"""Every aggregation that is answered."""

ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "%", "^"})
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
SETS: Final = frozenset({"and", "or", "unless"})
OPERATORS: Final = ARITHMETIC | COMPARISONS | SETS
"""Every operator that is answered."""


def answered() -> str:
    """Say which functions are answered."""
    return f"these are: {', '.join(sorted(FUNCTIONS))}"
