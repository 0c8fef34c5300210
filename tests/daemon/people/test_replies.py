"""An answer to a message acknowledges the alerts that it told of, under the name of who answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dcim.alerts import Alert, Change, ChangeKind, Language, MuteRefused, Severity, alert_key, perform
from dcim.daemon.people.replies import deed_of
from dcim.model import Point
from dcim.notify import (
    ChannelSettings,
    Context,
    Delivered,
    Heard,
    Letter,
    Reply,
    Site,
    Subject,
    Ticked,
    Verdict,
)
from dcim.notify.notices.notice import notice_of
from dcim.record import replace
from tests.daemon.quick import QUICK
from tests.waiting import until_it


@dataclass
class Answering:
    """A channel whose reader answers the first message with its number."""

    every: float = 0.1
    number: int = 0
    answered: bool = False
    letters: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter) -> Verdict:
        self.letters.append(letter)
        return Delivered()

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        if not self.letters or self.answered:
            return Ticked()
        self.answered = True
        return Ticked(Delivered(), (Reply(self.letters[0].number, "+212612345678", "ACK", 0.0),))

    async def aclose(self) -> None:
        return None


class Plugin:
    name = "answering"
    settings_type = ChannelSettings

    def __init__(self, channel: Answering) -> None:
        self.channel = channel

    def open(self, settings: Any, context: Context) -> Answering:
        return self.channel


@pytest.mark.long
async def test_an_answer_acknowledges_the_alert_under_the_name_of_who_answered(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    """Pains: H4."""
    channel = Answering()
    plan = plan_of(
        "ups-a",
        rules=QUICK,
        notify={"channels": [{"name": "sms", "type": "log", "file": str(tmp_path / "told.jsonl")}]},
    )
    plan = replace(plan, channels={"log": Plugin(channel)})
    async with running(plan):
        fleet.source["ups-a"] = "battery"
        await until_it(
            lambda: any(str(letter.notice.kind) == "acknowledged" for letter in channel.letters),
            "the acknowledgement is told",
        )
        said = next(one.notice for one in channel.letters if str(one.notice.kind) == "acknowledged")
        assert said.acknowledged == "+212612345678 (sms)"
        assert said.rule == "on_battery"


@pytest.mark.parametrize(("raised_at", "meant"), [(100.0, True), (900.0, False)])
def test_an_answer_about_an_alert_told_by_itself_means_that_occurrence_alone(
    raised_at: float, meant: bool
) -> None:
    """An old SMS of a leak was answered, and the leak of today was acknowledged by it. Pains: H4."""
    point = Point("leak-1", "leak_state")
    key = alert_key("cas1", "leak", point)
    alert = Alert(key, "leak", point, Severity.CRITICAL, 100.0)
    here = Site("cas1", "Casablanca 1", "UTC", Language.EN)
    notice = replace(notice_of(Change(ChangeKind.RAISED, alert, 100.0), here), subject=Subject.ALERT, key=key)
    deed = deed_of(
        Heard(Letter(notice.message_id, notice.key, notice), "sms", "+212600000000", "ACK 1", 950.0)
    )
    seen: list[str] = []

    def acknowledge(name: str, *_: Any) -> list[str]:
        seen.append(name)
        return ["a change"]

    watch: Any = SimpleNamespace(listed=(replace(alert, raised_at=raised_at),), acknowledge=acknowledge)
    try:
        perform(watch, deed, 950.0, 950.0)
    except MuteRefused:
        assert not meant
    assert seen == ([key] if meant else [])
