"""Who is told, when, and who next: routes, rotas, escalation, and how many messages a channel bears. Pure.

case ─▶ routes ─▶ course: first step, then one after the other until somebody acknowledges
                    │ names of channels and rotas
                    ▼
                  rota ─▶ who is on call ─▶ channels ─▶ gate: not more than a channel bears
"""

from dcim.routing.courses import Course, Courses, Digest, Reminder
from dcim.routing.gate import Gate, Limit
from dcim.routing.match import Case, Hours, Match
from dcim.routing.rota import Override, Person, Rota
from dcim.routing.routes import Route, Routes, Step
from dcim.routing.telling import Telling

__all__ = [
    "Case",
    "Course",
    "Courses",
    "Digest",
    "Gate",
    "Hours",
    "Limit",
    "Match",
    "Override",
    "Person",
    "Reminder",
    "Rota",
    "Route",
    "Routes",
    "Step",
    "Telling",
]
