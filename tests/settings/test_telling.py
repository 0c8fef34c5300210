"""Who is told of what, in the config file. Pains: F7, H1, J1."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dcim.model import Severity
from dcim.routing import Hours, Limit, Match, Override, Person, Rota, Route, Step, Telling

CASABLANCA = ZoneInfo("Africa/Casablanca")
SITE = """\
format: 1
site: { id: cas1, time_zone: Africa/Casablanca }
notify:
  channels: [ { name: sms, type: log }, { name: mail, type: log } ]
"""
PEOPLE = """\
  people: { amina: { name: Amina B., channels: [sms, mail] }, karim: { name: Karim K., channels: sms } }
  rotas: { on-call: { people: [amina, karim], first: 2026-11-30 08:00 } }
"""
ROUTES = """\
  routes:
    - name: urgent
      match: { severity: [critical], tenants: bank, kinds: [ups], hours: [ { from: "18:00", to: "7:00", days: [mon-thu, sun] } ] }
      to: [on-call]
      escalate: [ { after: 10 min, to: [amina, mail] } ]
      repeat: 1h
      go_on: true
    - { name: rest, to: mail, digest: true }
  digest: ["08:00", "20:00"]
  limits: { sms: { messages: 10, per: 10 min } }
  hand_over: off
"""


def test_people_rotas_and_routes_are_read(config: Any) -> None:
    read, problems = config(SITE + PEOPLE + ROUTES)
    assert problems == []
    nights = Hours(time(18), time(7), CASABLANCA, frozenset({6, 0, 1, 2, 3}))
    critical = Match(
        frozenset({Severity.CRITICAL}), kinds=frozenset({"ups"}), tenants=frozenset({"bank"}), hours=(nights,)
    )  # fmt: skip
    assert read.telling == Telling(
        people={"amina": Person("amina", "Amina B.", ("sms", "mail")), "karim": Person("karim", "Karim K.", ("sms",))},
        rotas={"on-call": Rota("on-call", ("amina", "karim"), datetime(2026, 11, 30, 8, tzinfo=CASABLANCA))},
        routes=(
            Route("urgent", critical, (Step(0.0, ("on-call",)), Step(600.0, ("amina", "mail"))), 3600.0, go_on=True),
            Route("rest", steps=(Step(0.0, ("mail",)),), digest=True),
        ),
        digest=(time(8), time(20)),
        limits={"sms": Limit(10, 600.0)},
        hand_over=False,
    )  # fmt: skip


def test_names_mean_channels_by_who_is_on_call(config: Any) -> None:
    telling: Telling = config(SITE + PEOPLE)[0].telling
    monday = datetime(2026, 12, 7, 7, 30, tzinfo=UTC).timestamp()
    assert telling.channels(["on-call", "mail"], monday - 7 * 86400, {}) == ["sms", "mail"]
    assert telling.channels(["on-call", "sms"], monday, {}) == ["sms"]
    stand_in = {"on-call": [Override("amina", monday - 60, monday + 60)]}
    assert telling.channels(["on-call"], monday, stand_in) == ["sms", "mail"]


def test_nothing_written_is_nobody_in_particular(config: Any) -> None:
    read, problems = config(SITE)
    assert (problems, read.telling.routes, read.telling.people) == ([], (), {})


def test_a_channel_that_only_says_that_we_live_is_in_no_route(config: Any) -> None:
    beating = SITE.replace(
        "{ name: mail, type: log }", "{ name: mail, type: log }, { name: beat, type: heartbeat }"
    )
    _, problems = config(
        beating + "  routes: [ { name: a, to: [sms], escalate: [ { after: 5m, to: beat } ] } ]\n"
    )
    assert [problem for problem in problems if "tells no alert" in problem]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  people: { amina: { name: A, channels: [smss] } }\n", "no channel 'smss'; did you mean 'sms'?"),
        ("  people: { sms: { name: A, channels: [sms] } }\n", "a rota or a channel has this name too"),
        ("  rotas: { oc: { people: [], first: 2026-11-30 08:00 } }\n", "notify.rotas.oc.people"),
        ("  people: { amina: { name: A } }\n", "expected `channels` that reach them, or a `token`"),
        ("  people: { amina: { name: A, token: hunter2 } }\n", "secrets only by reference"),
        ("  rotas: { oc: { people: [a], first: 2026-11-30 08:00 } }\n", "no person 'a'"),
        ("  limits: { fax: { messages: 1, per: 1 min } }\n", "no channel 'fax'"),
        ("  routes: [ { name: a, to: [nobody] } ]\n", "no channel, person or rota 'nobody'"),
        (
            "  routes: [ { name: a, to: [sms] }, { name: a, to: [sms] } ]\n",
            "a route before it has this name too",
        ),
        (
            "  routes: [ { name: a, to: [sms], digest: true, repeat: 1h } ]\n",
            "neither escalated nor repeated",
        ),
        (
            "  routes: [ { name: a, to: [sms], escalate: [ { after: 5m, to: mail }, { after: 5m, to: sms } ] } ]\n",
            "not later than the step before it",
        ),
        ("  routes: [ { name: a, to: [sms], match: { severity: [urgent] } } ]\n", "severity"),
        (
            "  routes: [ { name: a, to: [sms], match: { hours: [ { days: someday } ] } } ]\n",
            "such as friday or mon-fri",
        ),
        ("  routes: [ { name: a, to: [sms, beat] } ]\n", "no channel, person or rota 'beat'"),
        ("  chanels: []\n", "did you mean 'channels'?"),
    ],
)
def test_a_mistake_is_told_at_its_place(config: Any, text: str, said: str) -> None:
    read, problems = config(SITE + text)
    assert len(problems) == 1
    assert ":5:" in problems[0]
    assert said in problems[0]
    assert read.telling == Telling()


EVERYTHING_WRONG = """\
  people: { amina: { name: 7, channels: [smss] }, sms: { name: S, channels: [fax] }, noor: { name: N, token: env:N } }
  rotas: { oc: { people: [karim, noor], first: soon } }
  routes:
    - { name: a, to: [nobody], repeat: 1 fortnight, escalate: [ { after: 1s, to: [ghost] }, { after: 10m, to: oc } ] }
    - { name: a, to: [oc], digest: true, repeat: 1h, wrong: 1 }
    - { name: b, to: [noor], match: { severity: [urgent] } }
  digest: [25:00]
  limits: { fax: { messages: 0, per: 1 min } }
"""


def test_every_mistake_is_told_in_one_run_whatever_else_is_wrong_there(config: Any) -> None:
    """Pains: J1. A second run must never bring a mistake that the first one could have told."""
    said = " ".join(config(SITE + EVERYTHING_WRONG)[1])
    for what in (
        "people.amina.name",
        "no channel 'smss'",
        "people.sms: a rota or a channel has this name too",
        "people.sms.channels[0]: no channel 'fax'",
        "no person 'karim'",
        "'noor' has no channels",
        "rotas.oc.first",
        "no channel, person or rota 'nobody'",
        "no channel, person or rota 'ghost'",
        "routes[0].repeat",
        "routes[0].escalate[0].after",
        "a route before it has this name too",
        "neither escalated nor repeated",
        "routes[1].wrong",
        "routes[2].to[0]: 'noor' has no channels",
        "routes[2].match.severity",
        "notify.digest",
        "limits.fax: no channel 'fax'",
        "limits.fax.messages",
    ):
        assert what in said, what


@pytest.mark.parametrize(
    "text", ["7", "[7]", "{ people: 7, rotas: [], routes: x, limits: 1 }", "{ routes: [1, {}] }"]
)
def test_what_has_another_shape_altogether_is_a_mistake_and_no_bug(config: Any, text: str) -> None:
    read, problems = config(f"format: 1\nsite: {{ id: cas1 }}\nnotify: {text}\n")
    assert problems
    assert read.telling == Telling()


DEVICE = """\
devices:
  - { id: ups-a, kind: ups, collector: snmp, address: "10.0.0.1", room: hall, tags: [it], tenant: bank, rack: r1 }
"""


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("rooms: hal", "match.rooms: no room 'hal'; did you mean 'hall'?"),
        ("tags: [it, ot]", "match.tags[1]: no tag 'ot'"),
        ("tenants: banks", "match.tenants: no tenant 'banks'; did you mean 'bank'?"),
        ("services: power/r2", "match.services: no service 'power/r2'"),
        ("severity: []", "match.severity: expected at least 1"),
        ("rooms: []", "match.rooms: expected at least 1"),
        ("rooms: hall, tags: it, tenants: bank", ""),
    ],
)
def test_a_route_that_looks_for_what_there_is_not_would_never_fit(config: Any, match: str, said: str) -> None:
    """What it is for waited for the digest of the route behind it. Pains: H1."""
    _, problems = config(f"{SITE}  routes: [ {{ name: a, to: [sms], match: {{ {match} }} }} ]\n{DEVICE}")
    told = [problem for problem in problems if "notify" in problem]
    assert [said in problem for problem in told] == ([True] if said else [])
