"""Walking tables that do not want to be walked."""

from __future__ import annotations

import asyncio

import pytest

from collectors.snmp.engine import oid
from collectors.snmp.engine.access import Community
from collectors.snmp.engine.answer import Answer, ErrorStatus
from collectors.snmp.engine.request import Kind
from collectors.snmp.engine.value import Absence, Malformed, Tag
from collectors.snmp.questions.asking import Asking
from collectors.snmp.questions.learned import Learned
from collectors.snmp.tables.survey import MAX_BYTES, MAX_ROWS, MAX_VALUE, Survey
from collectors.snmp.transport.contract import Target
from dcim.model import Address, NoAnswer

COLUMNS = [oid.encode(f"1.3.6.1.9.1.{column}") for column in range(1, 9)]
TEXT = (
    "\n".join(f"1.3.6.1.9.1.{c}.{r}|2|{100 * c + r}" for c in range(1, 9) for r in range(1, 41))
    + "\n1.3.6.1.8.0|2|7"
)
SCALAR = oid.encode("1.3.6.1.8.0")
WHOLE = 8 * 40 + 1


@pytest.fixture
def asking():
    def make(agent, learned=None):
        target = Target(Address("192.0.2.1", 161), Community("public"))
        return Asking(agent, target, learned or Learned(), asyncio.get_running_loop().time() + 30)

    return make


async def walked(one, columns=COLUMNS):
    survey = Survey.of([SCALAR], columns)
    while not survey.done:
        await survey.advance(one)
    return survey


async def test_every_cell_of_every_column_is_found(agent, asking):
    device = agent(TEXT)
    survey = await walked(asking(device))
    assert len(survey.cells.by_oid) == WHOLE
    assert survey.lost == {}
    assert Kind.NEXT not in [request.kind for request in device.asked]


async def test_many_short_tables_are_walked_in_few_questions_and_a_long_one_among_them_whole(agent, asking):
    lengths = dict.fromkeys(range(1, 13), 2) | {5: 70, 7: 0}
    text = "\n".join(
        f"1.3.6.1.10.{t}.1.{c}.{r}|2|1"
        for t, rows in lengths.items()
        for c in range(4)
        for r in range(1, rows + 1)
    )
    device = agent(text)
    columns = [oid.encode(f"1.3.6.1.10.{t}.1.{c}") for t in lengths for c in range(4)]
    survey = await walked(asking(device), columns)
    assert len(survey.cells.by_oid) == 1 + text.count("\n") + 1  # the instance that is not there, too
    assert len(device.asked) <= 1 + 8, "of 48 columns, six in a question"


async def test_bulk_that_is_never_answered_becomes_next_and_that_is_remembered(agent, asking):
    """Pains: B3."""
    device = agent(TEXT, mute_kinds={Kind.BULK})
    one = asking(device)
    survey = await walked(one)
    assert len(survey.cells.by_oid) == WHOLE
    assert one.learned.repetitions == 0
    device.asked.clear()
    await walked(one)
    assert Kind.BULK not in [request.kind for request in device.asked]


async def test_bulk_is_asked_for_fewer_rows_before_it_is_given_up(agent, asking):
    """Pains: B3: what snmp_exporter#756 fixed by hand with max_repetitions 10."""
    device = agent(TEXT)

    def choke(request):
        device.mute_kinds = {Kind.BULK} if request.repetitions > 10 else set()

    device.before = choke
    one = asking(device)
    assert len((await walked(one)).cells.by_oid) == WHOLE
    assert one.learned.repetitions == 10


async def test_a_column_that_is_silent_costs_that_column_alone(agent, asking):
    device = agent(TEXT, mute={COLUMNS[2]})
    one = asking(device)
    survey = await walked(one)
    assert list(survey.lost) == [COLUMNS[2]]
    assert len(survey.cells.by_oid) == WHOLE - 40


async def test_a_column_that_gives_an_error_costs_that_column_alone(agent, asking):
    device = agent(TEXT)
    inner = device.ask

    async def ask(target, request, *rest):
        answer = await inner(target, request, *rest)
        bad = request.kind is not Kind.GET and any(name.startswith(COLUMNS[5]) for name in request.oids)
        return Answer((), [], b"", ErrorStatus.GEN_ERR, 0) if bad else answer

    device.ask = ask
    survey = await walked(asking(device))
    assert survey.lost == {COLUMNS[5]: "genErr"}
    assert len(survey.cells.by_oid) == WHOLE - 40


async def test_version_1_ends_each_column_with_no_such_name(agent, asking):
    device = agent(TEXT, v1=True)
    survey = await walked(asking(device, Learned(repetitions=0)))
    assert len(survey.cells.by_oid) == WHOLE
    assert survey.lost == {}


async def test_an_agent_that_goes_back_is_not_walked_for_ever(agent, asking):
    survey = await walked(asking(agent(TEXT, backwards=True)))
    assert survey.done


async def test_a_table_that_never_ends_is_left(asking):
    class Endless:
        def __init__(self):
            self.row = 0

        async def ask(self, _target, request, *_):
            if request.kind is Kind.GET:
                return Answer(request.oids, [Absence.NO_SUCH_OBJECT], b"\x80")
            names = []
            for _ in range(request.repetitions):
                self.row += 1
                names.append(COLUMNS[0] + oid.encode_index((self.row,)))
            return Answer(tuple(names), [1] * len(names), b"\x02" * len(names))

    survey = await walked(asking(Endless()), COLUMNS[:1])
    assert survey.lost == {COLUMNS[0]: f"more than {MAX_ROWS} rows"}


async def test_an_empty_answer_ends_the_walk(asking):
    class Empty:
        async def ask(self, *_):
            return Answer((), [], b"")

    survey = await walked(asking(Empty()))
    assert set(survey.lost) == set(COLUMNS)
    assert {SCALAR, *COLUMNS} == set(survey.unheard)


async def test_what_one_poll_cannot_finish_the_next_one_goes_on_with(agent, asking):
    """Pains: B2: a slow card is understood bit by bit; nothing is asked twice."""
    device = agent(TEXT)
    survey = Survey.of([SCALAR], COLUMNS)
    turns = 0
    while not survey.done:
        one = asking(device)
        turns += 1
        start = len(device.asked)

        def late(_request, one=one, start=start):
            if len(device.asked) - start >= 2:
                one.deadline = 0.0

        device.before = late
        await survey.advance(one)
    assert turns >= 3
    assert len(survey.cells.by_oid) == WHOLE
    names = [request.oids for request in device.asked]
    assert len(set(names)) == len(names)


async def test_nothing_heard_is_no_answer_and_keeps_the_place(agent, asking):
    device = agent(TEXT)
    survey = Survey.of([SCALAR], COLUMNS)
    device.budget = 0
    with pytest.raises(NoAnswer):
        await survey.advance(asking(device))
    device.budget = 1000
    while not survey.done:
        await survey.advance(asking(device))
    assert len(survey.cells.by_oid) == WHOLE


async def test_silence_in_the_middle_of_a_walk_before_anything_was_heard_keeps_the_columns(agent, asking):
    device = agent(TEXT)
    survey = Survey.walk(COLUMNS[0])
    device.budget = 0
    with pytest.raises(NoAnswer):
        await survey.advance(asking(device))
    device.budget = 1000
    await survey.advance(asking(device))
    assert len(survey.cells.by_oid) == 40


class Inventing:
    """An agent that has another row after every row, each with this value."""

    def __init__(self, value, name=b""):
        self.row, self.value, self.name = 0, value, name
        self.questions = 0

    async def ask(self, _target, request, *_):
        self.questions += 1
        if request.kind is Kind.GET:
            return Answer(request.oids, [self.value], b"\x04")
        names = []
        for _ in range(request.repetitions):
            self.row += 1
            for asked in request.oids:
                column = next(one for one in COLUMNS if asked.startswith(one))
                names.append(column + oid.encode_index((self.row,)) + self.name)
        return Answer(tuple(names), [self.value] * len(names), b"\x04" * len(names))


@pytest.mark.parametrize("value", [b"A" * 60_000, Malformed(2, b"A" * 60_000)])
async def test_values_that_nobody_writes_are_left_out_and_their_column_soon_too(asking, value):
    device = Inventing(value)
    survey = await walked(asking(device), COLUMNS[:1])
    assert survey.cells.by_oid == {}
    assert survey.left_out() == (
        "1.3.6.1.8.0: a value of 60000 bytes",
        "1.3.6.1.9.1.1: a value of 60000 bytes",
    )
    assert device.questions == 2
    assert survey.unheard == [], "it was heard, and is not asked for again soon"


async def test_a_name_that_nobody_writes_is_left_out_too(asking):
    survey = await walked(asking(Inventing(1, name=b"\x01" * MAX_VALUE)), COLUMNS[:1])
    assert list(survey.cells.by_oid) == [SCALAR]


async def test_one_value_that_is_too_long_costs_no_other(agent, asking):
    device = agent(TEXT)
    device.set("1.3.6.1.9.1.1.7", b"A" * 513, Tag.OCTET_STRING)
    device.set("1.3.6.1.9.1.1.8", b"A" * 512, Tag.OCTET_STRING)
    survey = await walked(asking(device))
    assert len(survey.cells.by_oid) == WHOLE - 1


async def test_the_cells_of_one_device_take_some_megabytes_and_no_more(asking):
    """Pains: B3: an agent that invents rows costs its own tables and nobody's memory."""
    device = Inventing(b"A" * MAX_VALUE)
    survey = await walked(asking(device))
    assert survey.size > MAX_BYTES - 1000
    kept = sum(len(name) + len(cell.value) for name, cell in survey.cells.by_oid.items())
    assert MAX_BYTES // 2 < kept <= MAX_BYTES
    assert any("8 MB" in line for line in survey.left_out())
    assert not survey.keep(b"another", survey.cells.by_oid[SCALAR])
    assert survey.keep(SCALAR, survey.cells.by_oid[SCALAR])
