"""One device over time: greeted, surveyed, read on every beat, surveyed again when its rows may have moved.

unknown --greet--> greeted --survey--> understood --read--> read --read--> ...
                               ^------------- restarted, keys changed, a row gone, a quarter of an hour over
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from zlib import crc32

from collectors.snmp.answers.cells import Cell, Cells, text_of
from collectors.snmp.decoding.slots import Named, Partly, names_in
from collectors.snmp.devices.plan import LanePlan, Understanding, understand
from collectors.snmp.devices.stored import Stored
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SnmpProfile
from collectors.snmp.engine.value import Absence
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.identifying.makers import Makers
from collectors.snmp.identifying.recognise import Recognising, signs_of_maker
from collectors.snmp.questions.asking import LATE, Asking, Chunk, Sheet, prepare
from collectors.snmp.questions.learned import Learned
from collectors.snmp.tables.survey import MAX_VALUE, Survey, length_of
from collectors.snmp.tables.wanted import wanted
from dcim.model import Asset, Batch, Gap, GapReason, Identity, Lane, PollError

RESURVEY: Final = 900.0
"""Seconds after which the tables of a device are walked again, give or take a tenth by its id."""

_SOON: Final = 60.0
_AGAIN: Final = (10.0, 30.0, 60.0, 120.0, 240.0, 480.0)
"""Seconds after which a survey that did not hear everything is made again, the first, the second... time.

So is one whose greeting did not tell all of who the device is. What none of so many surveys in a row has
heard is held to be something that the device does not have.
"""

_CATCH_UP: Final = 4
"""Polls in which the lanes that were due are read of a device that is understood, until one brings all."""

_WRAP: Final = 2**32
_SET_BACK: Final = 500  # hundredths of a second that a clock may be set back by, once it counts for long
_WRAP_WINDOW: Final = 360_000  # an hour in hundredths of a second before sysUpTime wraps (497 days)
_NO_LANES: Final[frozenset[Lane]] = frozenset()  # one for all devices: each empty set takes 216 bytes
GREETING: Final = (SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME)


def restarted(before: int | None, now: int | None) -> bool:
    """Whether the agent restarted between two values of sysUpTime, in hundredths of a second.

    Some agents count on the wall clock, which is set back now and then: a small step back is no restart.
    """
    if before is None or now is None or now >= before - min(before // 1000, _SET_BACK):
        return False
    return before < _WRAP - _WRAP_WINDOW


@dataclass(slots=True, eq=False)
class Device:
    """What is known of one device. Times are ``loop.time()`` seconds."""

    asset: Asset
    learned: Learned = field(default_factory=Learned)
    recognised: tuple[Greeting, tuple[str, ...], str] | None = None  # by ``identify``, for the next greeting
    greeted: tuple[Cells, float] | None = None  # what it said to ``identify``, and when
    makers: Makers | None = None  # whose trees it has, as far as ``identify`` needed to know
    owed: frozenset[Lane] = _NO_LANES  # lanes that were due and could not yet be read as a whole
    recognising: Recognising | None = None  # while it is recognised, which may take several polls
    profiles: tuple[SnmpProfile, ...] | None = None  # None: not recognised yet
    survey: Survey | None = None
    known: Understanding | None = None
    identity: Identity = field(default_factory=Identity)
    up_time: int | None = None
    survey_due: float = 0.0
    doubts: int = 0  # surveys in a row that did not settle why a known row is gone
    surveyed: float = 0.0
    unheard: int = 0  # surveys in a row, of these profiles and since its start, that did not hear everything
    unmet: int = 0  # surveys in a row whose greeting did not tell all of who it is
    left_out: tuple[str, ...] = ()  # what the last survey did not get, and why
    shy: bool = False  # it did not say all of who it is: to be greeted again before the next survey
    credential: int = 0
    read_at: float = -1e9
    signs: Mapping[bytes, Cell] = field(default_factory=dict)  # of its maker, where no profile tells it
    dotted: str = ""  # the number by which its profiles were made, see ``identifying.number``
    unusual: int = 0  # answers in a row that were not usual, see ``usual.Route``
    _owing: int = 0  # polls in which lanes were owed since it was understood
    _chunks: dict[LanePlan, tuple[int, list[Chunk]]] = field(default_factory=dict)
    _stored: Stored = field(default_factory=Stored)
    _partly: Stored | None = None  # what ``known`` was understood from while its survey goes on

    @property
    def cells(self) -> Cells:
        """Return a copy of the cells that the last whole survey found, and what was refreshed since."""
        return self._stored.cells()

    @property
    def is_whole(self) -> bool:
        """Whether a survey of it has come to its end, so that all that it says is known."""
        return self.known is not None and self._partly is None

    @property
    def understood_from(self) -> Cells:
        """Return the cells that lead to ``known``: a survey that goes on has found more since."""
        return self._partly.cells() if self._partly is not None else self.cells

    def forget(self) -> None:
        """Forget everything that a restart may have changed; what the agent bears stays learned.

        New firmware may count in another scale, so what was understood of them goes too.
        """
        self.profiles = self.survey = self.up_time = self.recognising = self.greeted = None
        self.signs, self.unheard, self.unmet = {}, 0, 0
        self._stored, self._partly = Stored(), None
        if self.known is not None and self.known.scales:
            self.known = replace(self.known, scales={})
        self.learned.forget()

    def greeted_since(self, since: float) -> Cells | None:
        """Return what it said to ``identify``, once, if that was all of the greeting and is not older."""
        found, self.greeted = self.greeted, None
        if found is None or found[1] < since or not all(map(found[0].by_oid.get, GREETING)):
            return None
        return found[0]

    def owe(self, lanes: frozenset[Lane], batches: Sequence[Batch]) -> None:
        """Keep the lanes that were read for the next poll too, as long as not all that the device says came.

        A slower lane is not due again for minutes or hours. Who is understood is waited for a few times.
        """
        late = any(gap.reason is GapReason.DEADLINE for one in batches for gap in one.gaps.values())
        self._owing = self._owing + 1 if self.is_whole else 0
        settled = self.is_whole and not (late or self.unheard)
        self.owed = _NO_LANES if settled or self._owing > _CATCH_UP else lanes

    def adopt(self, profiles: tuple[SnmpProfile, ...]) -> None:
        """Read it with these profiles; what surveys of others did not hear says nothing about theirs."""
        if profiles != self.profiles:
            self.profiles, self.unheard = profiles, 0

    async def look_for_maker(self, asking: Asking, greeted: Cells) -> None:
        """Find out who made it, where its profiles do not tell; what was not heard is asked again.

        Until then it is of the maker known before, unless it calls itself by another number now.
        """
        try:
            self.signs = await signs_of_maker(asking, greeted, self.profiles or ())
        except PollError:
            self.shy = True
            number = greeted.get(SYS_OBJECT_ID)
            if SYS_OBJECT_ID in greeted.by_oid and number != self.signs.get(SYS_OBJECT_ID):
                self.signs = {}

    def begin_survey(self) -> None:
        """Begin to walk the tables of the profiles."""
        self.learned.forget()
        self.unusual = 0
        self.survey = Survey.of(*wanted(self.profiles or ()))

    async def advance(self, asking: Asking, now: float) -> None:
        """Go on with the survey. What it knows so far is used when nothing better is known."""
        survey = self.survey
        assert survey is not None  # noqa: S101  begin_survey came first
        await survey.advance(asking)
        survey.cells.unheard = survey.open if self.unheard < len(_AGAIN) else survey.ahead
        if survey.done:
            self._keep_lost(survey)
            for name, cell in self.signs.items():
                survey.keep(name, cell)
            self.left_out = survey.left_out()
            before, self._stored, self.survey = self.cells, Stored.of(survey.cells), None
            self._partly = None
            self.surveyed = now
            spread = 0.9 + 0.2 * crc32(self.asset.id.encode()) / _WRAP
            self.survey_due = now + self._next_survey(survey) * spread
            if self.known is not None and self.known.holds(before, survey.cells):
                return
        elif self.known is not None:
            return
        else:
            self._partly = Stored.of(survey.cells)
        known = understand(self.asset.id, self.profiles or (), survey.cells, self.known)
        self.known = known.keeping(self.known)
        self._chunks.clear()

    def _next_survey(self, survey: Survey) -> float:
        """Return after how many seconds to walk again: soon after a disturbance, ever later if it stays."""
        self.unheard = self.unheard + 1 if survey.unheard else 0
        self.unmet = self.unmet + 1 if self.shy else 0
        waits = (0.0, *_AGAIN, RESURVEY)
        again = (waits[min(times, len(_AGAIN) + 1)] for times in (self.unheard, self.unmet) if times)
        return min(again, default=RESURVEY)

    def _keep_lost(self, survey: Survey) -> None:
        """Keep what an earlier survey found and this one could not hear."""
        before = self.cells
        for column in survey.unheard:
            for name in before.below(column):
                survey.keep(name, before.by_oid[name])

    def judge(self, doubtful: bool, now: float) -> None:
        """Have the tables walked again soon if a row is gone; ever later if that does not help."""
        if not doubtful:
            self.doubts = 0
            return
        due = max(now, self.surveyed + min(RESURVEY, _SOON * 2**self.doubts))
        if due < self.survey_due:
            self.survey_due = due
            self.doubts += 1

    def chunks(self, plan: LanePlan) -> Sequence[Chunk]:
        """Return the questions of a plan, prepared once for what the device bears."""
        found = self._chunks.get(plan)
        if found is None or found[0] != self.learned.version:
            found = (self.learned.version, prepare(plan.oids, self.learned))
            self._chunks[plan] = found
        return found[1]

    async def keys_hold(self, asking: Asking) -> bool:
        """Whether the cells that name rows still say what they said. What does not come counts as holding."""
        keys = self.known.keys if self.known is not None else ()
        if not keys:
            return True
        sheet = await asking.get([name for name, _ in keys])
        said = zip(sheet.values, keys, strict=True)
        return all(isinstance(value, Gap) or text_of(value) == text for value, (_, text) in said)

    async def refresh(self, asking: Asking, names: Sequence[bytes]) -> None:
        """Ask these instances again and keep what comes."""
        sheet = await asking.get(names)
        cells = self.cells
        for name, value, tag in zip(names, sheet.values, sheet.tags, strict=True):
            if not isinstance(value, Gap) and length_of(value) <= MAX_VALUE:
                cells.put(name, Cell(tag, value))
        self._stored = Stored.of(cells)

    def note_up_time(self, sheet: Sheet, plan: LanePlan) -> bool:
        """Keep sysUpTime from the answers of a plan; return whether the agent restarted since then."""
        if SYS_UP_TIME not in plan.oids:
            return False
        value = sheet.values[plan.oids.index(SYS_UP_TIME)]
        now = value if isinstance(value, int) else None
        again = restarted(self.up_time, now)
        self.up_time = now if now is not None else self.up_time
        return again


def profiles_of(devices: Mapping[str, Device], asset_id: str) -> Sequence[SnmpProfile]:
    """Return the profiles that a device is read with; none as long as it has not been greeted."""
    device = devices.get(asset_id)
    return (device.profiles or ()) if device is not None else ()


async def named(asking: Asking, column: bytes, count: object = None) -> Named | Partly | Gap:
    """Walk a table whose rows name the alarms that are there now; ``count`` is how many the device says."""
    survey = Survey.walk(column)
    await survey.advance(asking)
    if survey.pending or survey.lost:
        return LATE
    return names_in((row.cell.value for row in survey.cells.rows(column)), count)


def gone(values: Sequence[object]) -> bool:
    """Whether the device says of a known cell that there is no such instance."""
    return Absence.NO_SUCH_INSTANCE in values or Absence.NO_SUCH_OBJECT in values


def doubtful(plan: LanePlan, batch: Batch, values: Sequence[object]) -> bool:
    """Whether a cell that the survey found is gone, or says absent where the device has another for it."""
    contested = plan.contested & batch.gaps.keys()
    return gone(values) or any(batch.gaps[slot].reason is GapReason.ABSENT for slot in contested)
