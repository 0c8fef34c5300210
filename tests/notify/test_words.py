"""Quantities, times and lines in English and French."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dcim.alerts import ChangeKind, Language
from dcim.notify import Letter, Notice, NoticeKind
from dcim.notify.channels import slack, teams
from dcim.notify.channels.syslog import SyslogSettings, message_of
from dcim.notify.notices.context import Beside
from dcim.notify.wording import text, words
from dcim.words import words as vocabulary

EN, FR = Language.EN, Language.FR
NOON = 1_764_072_000.0


def test_a_moment_is_told_in_the_zone_of_the_site() -> None:
    assert words.moment(NOON, "UTC") == "2025-11-25 12:00:00 +0000"
    assert words.moment(NOON, "Africa/Casablanca") == "2025-11-25 13:00:00 +0100"


def test_the_subject_is_enough(notice: Callable[..., Notice]) -> None:
    assert words.subject(notice(), EN) == "[CRITICAL] UPS-A: UPS on battery - Casablanca 1"
    assert words.subject(notice(labels={"phase": "L1"}), FR) == (
        "[CRITIQUE] UPS-A\u00a0: Onduleur sur batterie (phase L1) - Casablanca 1"
    )
    assert words.subject(notice(ChangeKind.CLEARED), FR).startswith("[TERMINÉE] UPS-A\u00a0:")


def test_what_grew_worse_or_waits_for_somebody_says_how_bad_it_is_in_its_subject(
    notice: Callable[..., Notice],
) -> None:
    """An incident told as major is critical by now: a text on a telephone is its subject. Pains: H5."""
    worse = replace(notice(), kind=NoticeKind.UPDATED)
    assert words.subject(worse, EN).startswith("[CRITICAL, UPDATE] ")
    assert words.subject(worse, FR).startswith("[CRITIQUE, ÉVOLUTION] ")
    again = replace(notice(), kind=NoticeKind.REMINDED)
    assert words.subject(again, EN).startswith("[CRITICAL, STILL UNACKNOWLEDGED] ")
    taken = replace(notice(), kind=NoticeKind.ACKNOWLEDGED)
    assert words.subject(taken, EN).startswith("[ACKNOWLEDGED] ")


def test_a_raise_says_what_follows_and_what_to_do(notice: Callable[..., Notice]) -> None:
    """Pains: H5."""
    said = {name: text.replace("\u00a0", " ") for name, text in words.lines(notice(), EN)}
    assert said == {
        "Severity": "critical",
        "Site": "Casablanca 1",
        "Device": "UPS-A (ups-a), room r1, rack r1-01, feed A",
        "Point": "Output source (ups_output_source_state)",
        "Value": "battery",
        "Limit": "battery",
        "Since": "2025-11-25 13:00:00 +0100",
        "Consequence": "The load lives on the battery.",
        "What to do": "Check the mains.",
        "Detected within": "at most 43 s",
        "Alert": notice().key,
    }


def test_a_bound_that_is_not_known_is_not_told(notice: Callable[..., Notice]) -> None:
    assert "Detected within" not in dict(words.lines(notice(detect_within=None), EN))


def test_a_clearance_says_how_long_it_lasted(notice: Callable[..., Notice]) -> None:
    lines = words.lines(notice(ChangeKind.CLEARED, at=NOON + 150), FR)
    said = {name: text.replace("\u00a0", " ") for name, text in lines}
    assert said["Terminée"] == "2025-11-25 13:02:30 +0100"
    assert said["Durée"] == "2 min 30 s"
    assert "Que faire" not in said


def test_a_number_is_told_with_its_unit_and_a_point_with_its_labels(notice: Callable[..., Notice]) -> None:
    said = notice(
        state=None,
        value=0.857,
        unit="ratio",
        limit="above 80 %",
        labels={"phase": "L1"},
        name="ups-a",
        room="",
    )
    told = {name: text.replace("\u00a0", " ") for name, text in words.lines(said, FR)}
    assert (told["Valeur"], told["Seuil"]) == ("85,7 %", "au-dessus de 80 %")
    assert told["Point"] == "Source de la sortie, phase L1 (ups_output_source_state)"
    assert told["Équipement"] == "ups-a, baie r1-01, voie A"
    assert words.value(notice(state=None, value=None), EN) == ""


def test_every_change_and_severity_has_its_word_in_every_language() -> None:
    for table in (words.SEVERITIES, words.CHANGES):
        assert all(set(texts) == set(Language) for texts in table.values())


def test_a_room_is_told_by_its_name_and_what_it_is_only_once(notice: Callable[..., Notice]) -> None:
    """The configuration calls the room salle-2 "Salle 2"; people know it by that."""
    said = notice(room="salle-2", called=(("room/salle-2", "Salle 2"),))
    assert dict(words.lines(said, FR))["Équipement"] == "UPS-A (ups-a), Salle 2, baie r1-01, voie A"
    assert dict(words.lines(said, EN))["Device"] == "UPS-A (ups-a), room Salle 2, rack r1-01, feed A"
    said = notice(room="salle-2")
    assert dict(words.lines(said, FR))["Équipement"] == "UPS-A (ups-a), salle salle-2, baie r1-01, voie A"


@pytest.mark.parametrize(
    ("state", "french", "english"),
    [
        ("common_alarm", "présente", "set"),  # the profile names the alarm; its bit is set
        ("local_stop", "présente", "set"),
        ("clear", "rien", "clear"),
        ("unknown", "inconnu", "unknown"),
    ],
)
def test_an_alarm_beside_an_alert_says_how_it_stands_and_not_its_name_twice(
    state: str, french: str, english: str
) -> None:
    one = Beside("crac_alarm", {"alarm": "common_alarm"}, state=state, age=3.0)
    assert words.context(one, FR)[1].replace("\u00a0", " ") == f"{french} (il y a 3 s)"
    assert words.context(one, EN)[1].replace("\u00a0", " ") == f"{english} (3 s ago)"


def test_every_channel_of_lines_joins_name_and_text_as_french_does(letter: Callable[..., Letter]) -> None:
    """Slack, Teams, Apprise, syslog and Alertmanager once wrote "Gravité: critique"."""
    one = letter()
    row = f"Gravité{vocabulary(FR)('colon')} critique"
    assert text.sentences(one, FR)[0] == row
    assert text.sentences(one, EN)[0] == "Severity: critical"
    assert row in json.dumps(slack.post_of(one, FR), ensure_ascii=False)
    assert row in message_of(one, FR, SyslogSettings(host="h"), 2000).decode()
    card = json.dumps(teams.message_of(one, [("Gravité", "critique")], FR), ensure_ascii=False)
    assert f'Gravité{vocabulary(FR)("colon")} "' in card
