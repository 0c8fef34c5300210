"""What shipped profiles say is said in French and English. Pains: H5.

States, alarms and reasons are complete: who adds a profile adds the lines for its words. A word that a device
or a user's own profile brings and no line knows is shown as readable English: nothing is hidden.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from dcim.alerts import Language
from dcim.catalogue import METRICS, Shape
from dcim.model import GapReason, Health
from dcim.words import Words, alarm_said, state_said, why_said, words
from dcim.words.said import place_said
from dcim.words.vocabulary import FILES, is_code
from dcim.yaml import read

COLLECTORS: Final = Path(__file__).parents[2] / "collectors"
EN, FR = words(Language.EN), words(Language.FR)
IN_WORDS: Final = re.compile("[a-z]{4}")
"""What is a word and not the designation of a part: L1, 24V-A, cb3a and s1_1 are the same in every language."""


def told(keys: Iterable[str], name: str) -> str:
    """Return the lines that lack in a file, ready to be filled in."""
    return f"add to dcim/words/{name}, EN and FR:\n" + "\n".join(f"{key}\t…\t…" for key in sorted(keys))


@cache
def vendors_words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the states, the alarms, and the parts and places in labels of all shipped profiles."""
    states: set[str] = set()
    alarms: set[str] = set()
    places: set[str] = set()
    for path in sorted(COLLECTORS.glob("*/profiles/*/profile.yaml")):
        data = read(path).data
        places |= set(_places(data))
        for metric, word in _words(data, ""):
            known = METRICS.get(metric)
            is_alarm = known is not None and known.shape is Shape.ALARM
            (alarms if is_alarm else states).add(word)
    return frozenset(states - {"clear", "set"}), frozenset(alarms - {"clear", "set"}), frozenset(places)


def _places(data: Any) -> Iterator[str]:
    """Yield every text that a profile itself puts into a label, save those of alarms."""
    for value in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _places(value)
    labels = data.get("labels") if isinstance(data, dict) else None
    for name, source in labels.items() if isinstance(labels, dict) else ():
        if name != "alarm":
            yield from _texts(source)


def _texts(source: Any) -> Iterator[str]:
    if isinstance(source, str):
        yield source
    for one in source if isinstance(source, list) else ():
        yield from _texts(one)
    if isinstance(source, dict):
        yield from (
            text for text in (source.get("text"), *source.get("map", {}).values()) if isinstance(text, str)
        )
        yield from _texts(source.get("join"))


def _words(data: Any, metric: str) -> Iterator[tuple[str, str]]:
    """Yield every word of ``states``, ``bits``, ``names`` and ``alarm`` labels with the metric it is of."""
    if isinstance(data, list):
        for one in data:
            yield from _words(one, metric)
    if not isinstance(data, dict):
        return
    metric = data["metric"] if isinstance(data.get("metric"), str) else metric
    for key in ("states", "bits", "names"):
        listed = data.get(key)
        for meant in listed.values() if isinstance(listed, dict) else ():
            for word in meant if isinstance(meant, dict) else [meant]:
                if isinstance(word, str):
                    yield metric, word
    labels = data.get("labels")
    if isinstance(labels, dict) and isinstance(labels.get("alarm"), str) and "$" not in labels["alarm"]:
        yield metric, labels["alarm"]
    for value in data.values():
        yield from _words(value, metric)


@pytest.mark.long
def test_every_state_of_the_catalogue_and_of_every_shipped_profile_is_said_in_both_languages() -> None:
    catalogue = {word for metric in METRICS.values() for word in metric.words}
    lack = {
        f"state.{word}"
        for word in catalogue | vendors_words()[0]
        if not (FR.has("state", word) or is_code(word))
    }
    assert not lack, told(lack, "words.tsv")


def test_every_reason_of_a_gap_and_every_health_is_said_in_both_languages() -> None:
    wanted = {f"gap.{reason}" for reason in GapReason} | {f"health.{health}" for health in Health}
    assert wanted <= FR.keys


@pytest.mark.long
def test_every_part_and_place_of_every_shipped_profile_is_said_in_both_languages() -> None:
    lack = {
        f"place.{place}"
        for place in vendors_words()[2]
        if IN_WORDS.search(place) and "$" not in place and not place_said(place, FR)
    }
    assert not lack, told(lack, "places.tsv")


@pytest.mark.long
def test_every_alarm_of_every_shipped_profile_is_said_in_both_languages() -> None:
    alarms = vendors_words()[1]
    lack = {f"alarm.{word}" for word in alarms if not (FR.has("alarm", word) or FR.has("state", word))}
    assert not lack, told(lack, "alarms.tsv")


def test_the_alarms_that_we_make_of_a_device_say_what_is_wrong_and_not_a_name_of_ours() -> None:
    for name in ("snmp_engine_id_changed", "snmp_engine_id_shared"):
        told = {alarm_said(name, said) for said in (EN, FR)}
        assert len(told) == 2
        assert not any("engine id changed" in text or "engine id shared" in text for text in told)


def test_an_alarm_without_a_line_is_readable_english_and_numbers_stand_in_their_place() -> None:
    assert alarm_said("flux_capacitor_worn", FR) == "flux capacitor worn"
    assert alarm_said("fan_3_blocked", FR) == "ventilateur 3 bloqué"
    assert alarm_said("fan_12_blocked", EN) == "fan 12 blocked"
    assert alarm_said("low_battery", FR) == "batterie basse"
    assert state_said("battery", FR) == "sur batterie"
    assert state_said("ala02", FR) == "ALA02"
    assert state_said("x_3ph_4wire", FR) == "3PH 4WIRE"
    assert state_said("l1_l3_l2", FR) == "L1 L3 L2"


def test_no_word_stands_twice_and_every_line_is_complete() -> None:
    seen: dict[str, str] = {}
    for path in FILES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            parts = line.split("\t")
            place = f"{path.name}:{number}"
            assert len(parts) == 3, place
            assert all(part.strip() for part in parts), place
            assert parts[0] not in seen, f"{place}: stands already in {seen[parts[0]]}"
            assert parts[1].count("%s") == parts[2].count("%s"), place
            assert parts[1].count("#") == parts[2].count("#"), place
            seen[parts[0]] = place


def test_french_and_english_differ_where_they_should() -> None:
    """A line copied and not translated is no translation: most states and alarms differ."""
    keys = [key for key in FR.keys if key.startswith(("state.", "alarm."))]
    same = [key for key in keys if FR(key) == EN(key)]
    assert len(same) < len(keys) / 12, same


# reasons of failed polls


def reasons() -> Iterator[tuple[str, str]]:
    """Yield where a collector raises an error of a poll, and its text with ``%s`` for what it puts in."""
    for path in sorted(COLLECTORS.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for line, text in _raised(function):
                    yield f"{path.relative_to(COLLECTORS)}:{line}", text


def _raised(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        if node.func.id in {"NoAnswer", "Refused", "BadAnswer", "NotAsked", "Lost"}:
            said = node.args[0]
            for one in named.get(said.id, []) if isinstance(said, ast.Name) else [said]:
                if text := _text(one):
                    yield node.lineno, text


def _text(node: ast.expr) -> str:
    """Return a text in the source as a template; empty where it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "%s" for part in node.values)
    return ""


def test_every_reason_of_a_failed_poll_is_said_in_both_languages() -> None:
    wanted = {text: place for place, text in reasons()}
    lack = {f"{place}: {text}" for text, place in wanted.items() if not _is_said(text)}
    assert len(wanted) > 30
    assert not lack, "add to dcim/words/reasons.tsv, EN and FR:\n" + "\n".join(sorted(lack))


def _is_said(template: str) -> bool:
    """Whether a template has a line of its own: who it is about, at its beginning, needs none."""
    own = re.sub(r"^%s( unit %s)?: ", "", template)
    filled = own.replace("%s", "\u25a0")
    return re.search(r"[a-z]", own.replace("%s", "")) is None or why_said(filled, FR) != filled


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("192.0.2.7:161: no answer, asked 3 times", "192.0.2.7:161 : pas de réponse, demandé 3 fois"),
        ("192.0.2.7:161: no answer, asked once", "192.0.2.7:161 : pas de réponse, demandé une fois"),
        (
            "10.0.0.9:161: wrong privacy key or algorithm (decryptionErrors)",
            "10.0.0.9:161 : clé ou algorithme de chiffrement erroné (decryptionErrors)",
        ),
        (
            "10.0.0.9:502 unit 3: no answer 4 times, asked again in 20 s",
            "10.0.0.9:502 unité 3 : 4 fois sans réponse, redemandé dans 20 s",
        ),
        (
            "10.0.0.9:502 unit 3: holding 4..5: exception 2 (illegal address)",
            "10.0.0.9:502 unité 3 : holding 4..5 : exception 2 (adresse inconnue)",
        ),
        (
            "10.0.0.9:161: it answers, and gives none of the values of apc_ats; is that what it is, and may we read them?",
            "10.0.0.9:161 : il répond, et ne donne aucune des valeurs de apc_ats ; est-ce bien ce modèle, et avons-nous le droit de les lire ?",
        ),
        (
            "10.0.0.9:161: it answers, and no profile fits",
            "10.0.0.9:161 : il répond, et aucun profil ne convient",
        ),
        (
            "it answers, and none of its values can be used",
            "il répond, et aucune de ses valeurs n’est utilisable",
        ),
        ("it answers, and nothing came by the deadline", "il répond, et rien n’est arrivé avant l’échéance"),
        ("something that no line knows", "something that no line knows"),
        ("", ""),
    ],
)
def test_why_a_poll_failed_is_said_in_the_readers_language(english: str, french: str) -> None:
    assert why_said(english, FR).replace("\u00a0", " ") == french
    assert why_said(english, EN) == english


def test_a_reason_is_said_in_bounded_time_whatever_a_device_puts_into_it() -> None:
    text = "a: " * 5000 + "x" * 5000
    assert why_said(text, FR) == text


@pytest.mark.parametrize("said", [EN, FR])
def test_a_word_that_is_nowhere_is_shown_and_not_hidden(said: Words) -> None:
    assert state_said("boost_mode_9", said) == "boost mode 9"
