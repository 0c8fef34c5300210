"""Asking a device what tells its family: few questions, the likely ones first."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.dialect.profile import SYS_OBJECT_ID, SnmpProfile
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence
from collectors.snmp.identifying.identify import Greeting, Recognition, telling_roots
from collectors.snmp.identifying.identity import makers
from collectors.snmp.identifying.makers import Makers, makers_told
from collectors.snmp.identifying.number import beginnings_of, number_of, others_of
from collectors.snmp.questions.asking import Asking
from dcim.model import Gap, GapReason, NoAnswer, PollError
from dcim.record import dataclass, field

_TOGETHER: Final = 20
"""Columns looked for in one question: the answers fit one Ethernet frame."""

_MANY: Final = 60
"""Names that fit one question: before more are asked, whose trees a device has at all."""

_CUTS: Final = 2
"""Polls whose end came before the answer to one question, after which that counts as not heard."""


@dataclass(slots=True)
class Recognising:
    """A device being recognised, over as many polls as a slow one needs: what is asked already stays asked.

    What did not come is in ``cells.unheard``: where it is not empty, another answer may tell another family.
    """

    recognition: Recognition
    number: str  # by which its profiles were made, see ``identifying.number``
    _instances: list[bytes] = field(default_factory=list)  # to be got
    _columns: list[list[bytes]] = field(default_factory=list)  # asked together for their first cell
    makers: Makers | None = None  # whose trees it has; None: not known
    _looked: bool = False  # whether that was asked
    _found: list[bytes] = field(default_factory=list)  # of them, as long as not all are known
    _unlikely: list[bytes] = field(default_factory=list)  # in the trees of others
    _cuts: int = 0  # polls in a row that ended with the next question open

    @classmethod
    def of(cls, greeting: Greeting, profiles: Sequence[SnmpProfile], number: str = "0.0") -> Recognising:
        """Begin with nothing asked."""
        return cls(Recognition(profiles, greeting, Cells()), number)

    async def advance(self, asking: Asking) -> Recognition:
        """Return what is known once nothing more would change it.

        Raise what the transport raises, and NoAnswer where the time is over first: then go on the next time.
        """
        while True:
            if len(self._instances) > _MANY and not self._looked:
                await self._look(asking)
            elif self._instances:
                await self._get(asking)
            elif self._columns:
                await self._follow(asking)
            elif names := self.recognition.questions():
                self._instances = names
            elif self._unlikely and not self.recognition.is_of_a_family:
                self._ask_unlikely()
            else:
                return self.recognition

    async def _look(self, asking: Asking) -> None:
        """Find out whose trees the device has, and leave for later what is to be asked in those of others."""
        known = len(self._found)
        try:
            self.makers = await makers_told(asking, self._found)
        except NoAnswer:
            self._looked = asking.heard and self._cut(len(self._found) > known)
            raise
        self._looked, self._cuts = True, 0
        if self.makers is not None:
            names, self._instances = self._instances, []
            for name in names:
                (self._instances if self.makers.may_have(name) else self._unlikely).append(name)

    def _ask_unlikely(self) -> None:
        """Ask what no agent that walks in order would answer. Where a tree begins there is no instance."""
        names, self._unlikely = self._unlikely, []
        roots = telling_roots(self.recognition.profiles)
        self._instances = [name for name in names if name not in roots]
        self._ask_columns([name for name in names if name in roots])

    def _ask_columns(self, columns: Sequence[bytes]) -> None:
        self._columns += [list(columns[at : at + _TOGETHER]) for at in range(0, len(columns), _TOGETHER)]

    async def _get(self, asking: Asking) -> None:
        """Ask instances; what is none, or not there, is to be asked by what follows it."""
        names, cells = self._instances, self.recognition.cells
        await _get(asking, names, cells)
        late = frozenset(cells.unheard).intersection(names) if asking.left <= 0 else frozenset()
        if late and not self._cut(len(late) < len(names)):
            cells.unheard = tuple(name for name in cells.unheard if name not in late)
        else:
            late = frozenset()
        self._instances = [name for name in names if name in late]
        self._ask_columns(
            [name for name in names if name[-1] and name not in late and cells.get(name) is None]
        )
        if late:
            msg = "the time was over before it had said who it is"
            raise NoAnswer(msg)

    async def _follow(self, asking: Asking) -> None:
        """Ask the next columns; those asked together that get no good answer are asked alone."""
        columns, cells = self._columns[0], self.recognition.cells
        try:
            heard = await _next(asking, columns, cells)
        except NoAnswer:
            if not asking.heard or (asking.left <= 0 and not self._cut(moved=False)):
                raise
            heard = None
        self._cuts = 0
        alone = [] if heard or len(columns) == 1 else [[column] for column in columns]
        self._columns[:1] = alone
        if heard is None and not alone:
            cells.unheard += tuple(columns)

    def _cut(self, moved: bool) -> bool:
        """Whether the end of a poll came before the same answer so often that it counts as none."""
        self._cuts = 1 if moved else self._cuts + 1
        return self._cuts >= _CUTS


async def number_told(asking: Asking, greeting: Greeting, above: Sequence[bytes]) -> str:
    """Return the number below which a device has its tree, where its family has one for each model.

    Raise what the transport raises, and NoAnswer where the time is over before it is known.
    """
    cells = Cells()
    await _begin(asking, beginnings_of(above, greeting), cells)
    if others := others_of(above, greeting, cells):
        await _next(asking, list(others), cells, list(others.values()))
    return number_of(above, greeting, cells)


async def cells_of(asking: Asking, names: Sequence[bytes]) -> Cells:
    """Return what a device says to these instances."""
    cells = Cells()
    await _get(asking, names, cells)
    return cells


async def signs_of_maker(
    asking: Asking, greeted: Cells, profiles: Sequence[SnmpProfile]
) -> dict[bytes, Cell]:
    """Return the cells that tell who made a device: its number, or where it answers if that is anybody's.

    There are none where its family tells it. Raise what the transport raises, and NoAnswer where a tree is
    silent: of two trees the one that is heard would tell a maker that it is not of.
    """
    if profiles and not profiles[0].generic:
        return {}
    signs = Cells({SYS_OBJECT_ID: cell} if (cell := greeted.get(SYS_OBJECT_ID)) is not None else {})
    if Greeting.of(greeted).tells_no_maker:
        await _begin(asking, makers(), signs)
    if signs.unheard:
        msg = "it does not say in whose tree it answers"
        raise NoAnswer(msg)
    return signs.by_oid


async def beginnings(asking: Asking, columns: Sequence[bytes]) -> Cells:
    """Return the first cell below each of these names, as far as the time of ``asking`` goes."""
    cells = Cells()
    with suppress(PollError):
        await _begin(asking, columns, cells)
    return cells


async def _begin(asking: Asking, columns: Sequence[bytes], cells: Cells) -> None:
    """Keep the first cell of each column, a few columns in one question."""
    for start in range(0, len(columns), _TOGETHER):
        await _follow(asking, columns[start : start + _TOGETHER], cells)


async def _get(asking: Asking, names: Sequence[bytes], cells: Cells) -> None:
    sheet = await asking.get(names)
    for name, value, tag in zip(names, sheet.values, sheet.tags, strict=True):
        if not isinstance(value, Gap):
            cells.put(name, Cell(tag, value))
        elif value.reason is not GapReason.REFUSED:
            cells.unheard += (name,)


async def _follow(asking: Asking, columns: Sequence[bytes], cells: Cells) -> None:
    """Keep the first cell of each column. Columns asked together that get no good answer are asked alone."""
    try:
        heard = await _next(asking, columns, cells)
    except NoAnswer:
        if asking.left <= 0 or not asking.heard:
            raise
        heard = None
    if heard:
        return
    for column in columns if len(columns) > 1 else ():
        await _follow(asking, [column], cells)
    if len(columns) == 1 and heard is None:
        cells.unheard += tuple(columns)


async def _next(asking: Asking, columns: Sequence[bytes], cells: Cells, within: Sequence[bytes] = ()) -> bool:
    """Keep the first cell of each column; False where the answer is an error or of another size.

    An answer under the very name that was asked lies not beyond it: it is none. ``within``: not below the
    columns but behind them, as far as these trees go.
    """
    answer = await asking.ask(Request.next(columns))
    if answer.error_status or len(answer.oids) != len(columns):
        return False
    trees = within or columns
    for column, name, value, tag in zip(trees, answer.oids, answer.values, answer.tags, strict=True):
        if name.startswith(column) and name not in columns and not isinstance(value, Absence):
            cells.put(name, Cell(tag, value))
    return True
