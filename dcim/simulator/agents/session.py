"""What goes over the pipes between the agents' process and who started it: one JSON object a line.

    to it      {"setup": {...}}                                    first, once
               {"id": 1, "do": "lose utility-a"}                   a verb and a target, as a person types them
               {"id": 2, "begin": true}                            the scenario's clock starts
               {"id": 3, "ask": "status" | "truth"}
    from it    {"ready": {"addresses": {device: [host, port]}, "began": UTC seconds at plant time 0}}
               {"wrong": "why it cannot start"}
               {"happened": {"at": seconds since the story began, "text": words}}
               {"id": 1, "ok": ...} or {"id": 1, "error": words}

The end of its input is the end of the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from dcim.simulator.scenario import QUIET, Scenario, typed
from dcim.simulator.stage import Stage


class Setup(BaseModel):
    """Everything the process is told at its start. Secrets travel here and nowhere else."""

    model_config = ConfigDict(extra="forbid")

    plant: str = "casablanca"
    story: Scenario = QUIET
    seed: int = 0
    speed: float = 1.0
    host: str = "127.0.0.1"
    port: int = 0
    directory: str
    community: str
    user: str
    auth_key: str
    priv_key: str


class Session:
    """Answers what is asked about a stage; ``advance`` brings the stage to the present first."""

    def __init__(self, stage: Stage, story: Scenario, advance: Callable[[], None]) -> None:
        self._stage = stage
        self._story = story
        self._advance = advance

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one message; whatever is wrong with it is an ``error`` in words."""
        number = asked.get("id")
        try:
            return {"id": number, "ok": self._do(asked)}
        except (ValueError, LookupError) as exc:
            return {"id": number, "error": str(exc.args[0] if exc.args else exc)}

    def _do(self, asked: dict[str, Any]) -> Any:
        self._advance()
        if "do" in asked:
            self._stage.perform(typed(str(asked["do"])))
            return self._stage.now
        if asked.get("begin"):
            self._stage.begin(self._story)
            return self._stage.now
        match asked.get("ask"):
            case "status":
                return self._stage.status()
            case "truth":
                return self._truth()
            case other:
                msg = f"cannot answer {other!r}; known: do, begin, ask status, ask truth"
                raise ValueError(msg)

    def _truth(self) -> dict[str, Any]:
        """Return what really is and was: every change, and the numbers now."""
        plant = self._stage.plant
        return {
            "now": plant.now,
            "story_began": self._stage.began,
            "changes": [[change.at, change.subject, change.word] for change in plant.truth.changes],
            "watts": {name: node.watts for name, node in plant.nodes.items()},
            "volts": {name: node.volts for name, node in plant.nodes.items()},
            "charge": {
                ups.id: plant.nodes[ups.id].battery.charge  # type: ignore[attr-defined]  # only UPS are listed
                for ups in plant.plan.ups
            },
            "celsius": {name: room.temperature for name, room in plant.rooms.items()},
        }
