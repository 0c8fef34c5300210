"""Words in place of numbers and codes, with their colours, as Grafana maps values. Pure."""

from __future__ import annotations

from grafana_foundation_sdk.models import dashboard as model

from boards.colours import OF_SEVERITY, OK, UNKNOWN
from boards.limits import colour_of, rules
from boards.panel import States
from boards.text import Text
from dcim.alerts import Language, Severity
from dcim.catalogue import METRICS
from dcim.words import words

NO_DATA = Text("no data", "pas de données")
_CONDITION = "device_alert_state"


def unknown(language: Language) -> model.SpecialValueMap:
    """Return the mapping that says of what is not there that it is not there."""
    nothing = model.ValueMappingResult(text=NO_DATA(language), color=UNKNOWN, index=999)
    options = model.DashboardSpecialValueMapOptions(
        match=model.SpecialValueMatch.NULL_AND_NAN, result=nothing
    )
    return model.SpecialValueMap(options=options)


def coded(states: States, language: Language) -> model.ValueMap:
    """Return the words of a coded state."""
    return _mapped({str(code): _word(states, word, language) for code, word in enumerate(states.words, 1)})


def spelt(states: States, language: Language) -> model.ValueMap:
    """Return the words of a column that holds the words of the catalogue."""
    return _mapped({word: _word(states, word, language) for word in states.words})


def named(kind: str, language: Language) -> model.ValueMap | None:
    """Return the words of a column of severities, rules or kinds; None where nothing is to be said otherwise."""
    said = words(language)
    if kind == "severity":
        return _mapped({str(one): (said(f"severity.{one}"), OF_SEVERITY[one]) for one in Severity})
    if kind == "rule":
        return _mapped({name: (rule.title[language], "") for name, rule in rules().items()})
    if kind == "yes":
        return _mapped({"yes": (Text("yes", "oui")(language), ""), "no": (Text("no", "non")(language), "")})
    if kind == "kind":
        kinds = (key.removeprefix("kind.") for key in said.keys if key.startswith("kind."))
        return _mapped({one: (said(f"kind.{one}"), "") for one in sorted(kinds)})
    return None


def _word(states: States, word: str, language: Language) -> tuple[str, str]:
    said = words(language)
    if states.metric == _CONDITION:
        if word == "none":
            return Text("no alert", "aucune alerte")(language), OK
        return said(f"severity.{word}"), OF_SEVERITY[Severity(word)]
    if states.metric == "device_reach_state":
        return said(f"reach.{word}"), colour_of(states.metric, word)
    return said.word("state", word), colour_of(states.metric, word)


def _mapped(texts: dict[str, tuple[str, str]]) -> model.ValueMap:
    results = {
        value: model.ValueMappingResult(text=text, color=colour or None, index=index)
        for index, (value, (text, colour)) in enumerate(texts.items())
    }
    return model.ValueMap(options=results)


def closed(metric: str) -> States:
    """Return the states of a metric whose words the catalogue closes."""
    return States(metric, METRICS[metric].words)
