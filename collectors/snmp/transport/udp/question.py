"""One question under way."""

from __future__ import annotations

from typing import Final

from collectors.snmp.engine.request import Request
from collectors.snmp.engine.usm import Unproved
from collectors.snmp.transport.contract import Target, Told, Urgency
from collectors.snmp.transport.peer import Peer
from collectors.snmp.transport.udp.wheel import Tick
from collectors.snmp.transport.udp.window import Window
from dcim.model import NoAnswer, Refused

_SILENT_PATIENCE: Final = 4  # timeouts that the one attempt to a silent device may take


class Question:
    """A request to a peer, until its answer or its deadline (``loop.time()`` seconds).

    ``told`` is told how it ends, and ``is_over`` is set before: then it may neither be asked nor answered.
    ``number`` is its request id and message id. ``turn`` grows at each send and each wait, so that old timers
    are known; ``tick`` is where the newest of them stands. ``goal`` is the window it was last lined up for,
    ``window`` the one it is inside. ``trouble`` says why the last datagram could not even be sent.
    ``unproved`` is what was said without a signature.
    """

    __slots__ = (
        "again",
        "attempts",
        "deadline",
        "goal",
        "is_over",
        "is_probe",
        "is_silent",
        "most_attempts",
        "number",
        "patience",
        "peer",
        "request",
        "started",
        "target",
        "tick",
        "told",
        "trouble",
        "turn",
        "unproved",
        "window",
    )

    def __init__(
        self, target: Target, peer: Peer, request: Request, deadline: float, urgency: Urgency, told: Told
    ) -> None:
        self.target = target
        self.peer = peer
        self.request = request
        self.deadline = deadline
        self.is_silent = urgency is Urgency.SILENT
        self.most_attempts = 1 if self.is_silent else target.retries + 1
        self.patience = target.timeout * (_SILENT_PATIENCE if self.is_silent else 1)
        self.number = 0
        self.attempts = 0
        self.again = 0
        self.turn = 0
        self.tick: Tick[Question] | None = None
        self.started = 0.0
        self.trouble = ""
        self.unproved: Unproved | None = None
        self.is_over = False
        self.is_probe = False
        self.told = told
        self.window: Window[Question] | None = None
        self.goal: Window[Question] | None = None

    def leave(self) -> None:
        """Make room for another question, if this one is inside a window."""
        window, self.window = self.window, None
        if window is not None:
            window.leave()

    @property
    def is_ignored(self) -> bool:
        """Whether a v3 engine said who it is, but never answered this user: agents may drop in silence."""
        session = self.peer.session
        return session is not None and not (self.is_probe or session.confirmed) and bool(session.engine_id)

    def no_answer(self) -> NoAnswer:
        """Return the error that says how often it was asked in vain."""
        address = self.target.address
        if self.attempts == 0:
            return NoAnswer(f"{address}: the question did not get its turn before the deadline")
        if self.trouble:
            return NoAnswer(f"{address}: could not be asked: {self.trouble}")
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        return NoAnswer(f"{address}: no answer, asked {times}")

    def refused(self, why: str) -> Refused:
        """Return the error that says how the device said no."""
        return Refused(f"{self.target.address}: {why}")
