"""What a start has to know of the services of the run that ended."""

from __future__ import annotations

import json
from math import inf

from sqlalchemy import Connection, func, select

from dcim.ledger.life import Counted, is_turn
from dcim.model.fact import FactKind
from dcim.store.schema import facts

_TOGETHER = 500  # statements that are read at once: mostly there are few in the last minutes of a run


def counted(connection: Connection, ended: float, began: float = -inf) -> dict[str, Counted]:
    """Return how what is said of each service counts, by its last definition, and its last turns.

    ``began``, ``ended``: of the run, UTC seconds. ``began`` tells nothing where the clock was put back.
    """
    defined = facts.c.kind == FactKind.SERVICE_DEFINED.value
    last = select(func.max(facts.c.sequence)).where(defined).group_by(facts.c.subject)
    rows = connection.execute(select(facts.c.subject, facts.c.body).where(facts.c.sequence.in_(last)))
    said = {subject: json.loads(body).get("bound") for subject, body in rows}
    since = began if began <= ended else -inf
    bounds = {name: float(bound) for name, bound in sorted(said.items()) if bound}
    turns = _turns(connection, ended - max(bounds.values())) if bounds else {}
    return {name: Counted(bound, tuple(turns.get(name, ())), since) for name, bound in bounds.items()}


def _turns(connection: Connection, since: float) -> dict[str, list[int]]:
    """Return when each service turned, from a time on (UTC seconds): read backwards, newest first."""
    found: dict[str, list[int]] = {}
    stated = (facts.c.sequence, facts.c.at, facts.c.subject, facts.c.body)
    newest = select(*stated).where(facts.c.kind == FactKind.SERVICE_STATE.value).order_by(stated[0].desc())
    rows = connection.execute(newest.limit(_TOGETHER)).all()
    while rows:
        for _, at, subject, body in rows:
            if at < since * 1e6:
                return found
            if is_turn(json.loads(body)):
                found.setdefault(subject, []).append(at)
        rows = connection.execute(newest.where(stated[0] < rows[-1].sequence).limit(_TOGETHER)).all()
    return found
