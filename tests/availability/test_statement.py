"""A fact is read quickly, and says the same as its JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.availability.category import Level
from dcim.availability.statement import Statement, level, read_statement, read_statements
from dcim.ledger import canonical
from dcim.model.fact import FactKind

SECOND = 1_000_000
FUNCTIONS, REDUNDANCIES = ("up", "down", "unknown"), ("full", "reduced", "unknown")
standings = st.fixed_dictionaries(
    {"function": st.sampled_from(FUNCTIONS), "redundancy": st.sampled_from(REDUNDANCIES)}
)
awkward = st.sampled_from(
    [
        '"before":{"function":"up","redundancy":"full"},"function":"up"',
        '"}',
        "\\",
        "}",
        '"redundancy":"full"}',
    ]
)
bodies = st.fixed_dictionaries(
    {
        "because": st.lists(st.fixed_dictionaries({"part": awkward, "why": st.text(max_size=9) | awkward})),
        "before": standings,
        "kind": st.just("power") | awkward,
        "more": st.integers(0, 3),
        "needs": st.integers(1, 3),
        "of": st.integers(1, 3),
    },
    optional={"held": st.integers(0, 100) | st.floats(0, 200_000, width=32)},
)


@given(bodies, standings)
def test_a_body_is_read_as_its_json_says_whatever_texts_stand_in_it(
    body: dict[str, object], now: dict[str, str]
) -> None:
    text = canonical({**body, **now})  # type: ignore[dict-item]
    at = 100_000 * SECOND
    found = read_statement(7, at, FactKind.SERVICE_STATE, text)
    said = json.loads(text)
    held = min(at, max(round(said.get("held", 1e9) * 1e6), at - 86_400 * SECOND))
    assert found == Statement(
        7,
        at,
        level(now["function"], now["redundancy"]),
        held,
        said["before"]["function"] != now["function"],
        said["before"]["redundancy"] != now["redundancy"],
    )


@given(st.lists(st.tuples(bodies, standings, st.booleans()), max_size=6))
def test_many_bodies_are_read_as_each_alone_whatever_form_some_are_in(
    some: list[tuple[dict[str, object], dict[str, str], bool]],
) -> None:
    rows = []
    for number, (body, now, odd) in enumerate(some):
        text = canonical({**body, **now})  # type: ignore[dict-item]
        rows.append((number, 90_000 * SECOND, f"{text}\n" if odd else text))
    kind = FactKind.SERVICE_STATE
    assert list(read_statements(kind, rows)) == [read_statement(*row[:2], kind, row[2]) for row in rows]


@pytest.mark.parametrize(
    ("reach", "stands"), [("answering", Level.FULL), ("silent", Level.UNKNOWN), ("refused", Level.UNKNOWN)]
)
def test_an_agent_that_is_silent_says_nothing_of_its_device(reach: str, stands: Level) -> None:
    """Pains: G1."""
    body = json.dumps({"before": "unknown", "reach": reach, "why": ""})
    assert read_statement(7, 5, FactKind.DEVICE_STATE, body) == Statement(7, 5, stands, 5, False, False)


def test_a_body_that_says_nothing_of_a_service_leaves_it_unknown() -> None:
    assert read_statement(7, 5, FactKind.SERVICE_STATE, "{}").level is Level.UNKNOWN
