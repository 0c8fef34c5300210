"""What a person did, as a fact: who, and by what proof that is known. Pure."""

from __future__ import annotations

from dcim.alerts import Deed, Proof
from dcim.incidents import Incidents
from dcim.model.fact import Fact, FactKind, Json
from dcim.record import replace


def aimed(deed: Deed, incidents: Incidents) -> Deed:
    """Return a deed that means an incident with the keys of its alerts; none: it is not open.

    Those that cleared, and stand in no other incident, are meant too: they may wait to be seen. So are those
    that a message, which was answered, did not name: it names the first alone. What it named and has come
    again since, in another incident, is not meant.
    """
    if not deed.incident:
        return deed
    elsewhere = {
        key for key in deed.keys - {deed.incident} if incidents.id_of(key) not in ("", deed.incident)
    }
    return replace(deed, keys=(deed.keys - elsewhere) | incidents.keys_of(deed.incident))


def deed_fact(deed: Deed, at: float, changes: int) -> Fact:
    """Return the fact of what was done to alerts at ``at`` (UTC seconds), and how many it changed."""
    body: dict[str, Json] = {
        "doing": str(deed.doing),
        "rule": deed.target.rule,
        "note": deed.note,
        "seconds": deed.lasts,
        "ticket": deed.ticket,
        "alerts": changes,
    }
    return did(deed.about, at, deed.who, deed.proof, deed.login, body)


def did(about: str, at: float, who: str, proof: Proof, login: str, body: dict[str, Json]) -> Fact:
    """Return the fact that somebody did something; ``body`` says what, ``about`` to which thing."""
    return Fact(FactKind.DEED, at, about, {"who": who, "proof": str(proof), "login": login, **body})
