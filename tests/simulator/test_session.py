"""What goes over the pipes, without a process."""

from __future__ import annotations

import pytest

from dcim.simulator.agents.session import Session
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import scenario
from dcim.simulator.sitefile import Secrets, as_text
from dcim.simulator.stage import Stage


@pytest.fixture
def stage(blueprint: Blueprint) -> Stage:
    return Stage(blueprint)


def test_every_question_has_an_answer(stage: Stage) -> None:
    looked: list[float] = []
    session = Session(stage, scenario("pdu-breaker"), lambda: looked.append(stage.now))
    assert session.answer({"id": 1, "ask": "status"})["ok"][0] == "all is well"
    assert session.answer({"id": 2, "do": "lose utility-a"}) == {"id": 2, "ok": 0.0}
    assert session.answer({"id": 3, "begin": True}) == {"id": 3, "ok": 0.0}
    stage.advance(6.0)
    truth = session.answer({"id": 4, "ask": "truth"})["ok"]
    assert truth["now"] == 6.0
    assert [5.25, "pdu-s1r1-a", "dead"] in truth["changes"]
    assert truth["watts"]["pdu-s1r1-a"] == 0.0
    assert set(truth["charge"]) == {"ups-a", "ups-b", "ups-c"}
    assert len(looked) == 4


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"do": "lose nothing"}, "nothing called 'nothing'"),
        ({"do": "dance"}, "expected a verb"),
        ({"ask": "why"}, "cannot answer 'why'"),
        ({}, "cannot answer None"),
    ],
)
def test_what_cannot_be_answered_is_an_error_in_words(stage: Stage, asked: dict[str, str], why: str) -> None:
    session = Session(stage, scenario("pdu-breaker"), lambda: None)
    assert why in session.answer({"id": 9, **asked})["error"]


def test_secrets_are_never_shown_and_sections_are_one_line_a_device() -> None:
    assert "hush" not in repr(Secrets("hush", "hush", "hush"))
    text = as_text({"format": 1, "credentials": {"a": {"b": 1}}, "devices": [{"id": "é"}, {"id": "y"}]})
    assert text.splitlines() == [
        "format: 1",
        "credentials:",
        '  a: {"b": 1}',
        "",
        "devices:",
        '  - {"id": "é"}',
        '  - {"id": "y"}',
    ]
