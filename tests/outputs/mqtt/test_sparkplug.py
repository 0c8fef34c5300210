"""An edge node: born before it speaks, counted, and dead when it is gone."""

import struct
from types import MappingProxyType

import pytest

from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.outputs.contract import Halted, Later
from dcim.outputs.mqtt.sparkplug import Sparkplug

REACH = MappingProxyType({state_code(word): Meaning(word) for word in ("answering", "silent")})


def fields(raw):
    at = 0

    def varint():
        nonlocal at
        shift = number = 0
        while True:
            byte = raw[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(raw):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, struct.unpack("<d", raw[at : at + 8])[0]
            at += 8
        else:
            size = varint()
            yield key >> 3, raw[at : at + size]
            at += size


class Wire:
    """A broker's side of one session: keeps what was published, and breaks when it is told to."""

    def __init__(self, will, refuses=None):
        self.will, self.refuses = will, refuses
        self.said, self.topics = [], []
        self.heard = None
        self.breaks = False
        self.state = None

    def open(self):
        return self.refuses

    def publish(self, topic, raw, *, qos=0, retain=False):
        if self.breaks:
            raise ConnectionError("the connection is gone")
        parts = list(fields(raw))
        metrics = [dict(fields(part)) for number, part in parts if number == 2]
        self.said.append((topic, dict(parts).get(3), metrics))

    def subscribe(self, topics):
        if self.breaks:
            raise ConnectionError("the connection is gone")
        self.topics += topics
        for topic in topics:
            if self.state is not None and "STATE" in topic:
                self.heard(topic, self.state)

    def settle(self):
        pass

    def close(self):
        pass


class Desk:
    """Hands out sessions."""

    def __init__(self):
        self.wires, self.next = [], {}

    def session(self, will=None):
        wire = Wire(will, self.next.pop("refuses", None))
        wire.state = self.next.pop("state", None)
        self.wires.append(wire)
        return wire


@pytest.fixture
def node(plant):
    desk = Desk()
    made = Sparkplug(desk, ("dc", "cas1", ""), plant.folder / "outputs" / "x", plant.clock)
    made.desk = desk
    return made


@pytest.fixture
def reach():
    point = Point("ups-a", "device_reach_state")
    return Layout("ups-a", Lane.FAST, (point,), (REACH,), ("poll",), own=True)


@pytest.fixture
def blocks(plant, shelf):
    far = shelf()
    worker = plant.worker(far)

    async def next_block(*batches):
        for one in batches:
            plant.say(one)
        await plant.commit()
        worker.turn()
        return far.blocks[-1]

    return next_block


def kinds(wire):
    return [(topic.removeprefix("spBv1.0/dc/"), seq) for topic, seq, _ in wire.said]


async def test_births_come_before_data_and_every_message_is_counted(plant, batch, layout, node, blocks):
    ups, pdu = (
        layout("ups_load_ratio", "ups_output_source_state"),
        layout(("pdu_outlet_power_watts", {"outlet": "7"}), asset="ups-b"),
    )
    node.send(
        await blocks(batch(ups, 0.5, "battery", at=plant.clock.at), batch(pdu, 12.0, at=plant.clock.at))
    )
    (wire,) = node.desk.wires
    assert kinds(wire) == [
        ("NBIRTH/cas1", 0),
        ("DBIRTH/cas1/ups-a", 1),
        ("DDATA/cas1/ups-a", 2),
        ("DBIRTH/cas1/ups-b", 3),
        ("DDATA/cas1/ups-b", 4),
    ]
    birth, data = wire.said[1][2], wire.said[2][2]
    assert [one[1] for one in birth] == [b"dcim_ups_load_ratio", b"dcim_ups_output_source_state"]
    assert [(one[4], one.get(13, one.get(15))) for one in birth] == [(10, 0.5), (12, b"battery")]
    assert [one[2] for one in data] == [one[2] for one in birth]  # by alias
    assert all(1 not in one for one in data)
    assert wire.said[3][2][0][1] == b"dcim_pdu_outlet_power_watts/7"
    node.send(await blocks(batch(ups, None, "normal", at=plant.clock.at + 1)))
    assert kinds(wire)[5:] == [("DDATA/cas1/ups-a", 5)]
    assert wire.said[5][2][0][7] == 1  # a gap is null, not zero
    assert wire.topics[-1] == "spBv1.0/dc/NCMD/cas1"


async def test_the_count_goes_round(plant, batch, layout, node, blocks):
    block = await blocks(batch(layout("ups_load_ratio"), 0.5, at=plant.clock.at))
    for _ in range(300):
        node.send(block)
    assert [seq for _, seq in kinds(node.desk.wires[0])] == [number % 256 for number in range(302)]


async def test_a_new_metric_makes_the_device_born_again(plant, batch, layout, node, blocks):
    node.send(await blocks(batch(layout("ups_load_ratio"), 0.5, at=plant.clock.at)))
    node.send(await blocks(batch(layout("ups_output_power_watts"), 9.0, at=plant.clock.at + 1)))
    wire = node.desk.wires[0]
    assert [kind for kind, _ in kinds(wire)[3:]] == ["DBIRTH/cas1/ups-a", "DDATA/cas1/ups-a"]
    assert len(wire.said[3][2]) == 2


async def test_a_rebirth_command_is_obeyed(plant, batch, layout, node, blocks):
    ups = layout("ups_load_ratio")
    node.send(await blocks(batch(ups, 0.5, at=plant.clock.at)))
    wire = node.desk.wires[0]
    wire.heard("spBv1.0/dc/NCMD/cas1", b"...Node Control/Rebirth...")
    node.send(await blocks(batch(ups, 0.6, at=plant.clock.at + 1)))
    assert kinds(wire)[3:] == [("NBIRTH/cas1", 0), ("DBIRTH/cas1/ups-a", 1), ("DDATA/cas1/ups-a", 2)]


async def test_a_silent_device_dies_and_is_born_when_it_answers(plant, batch, layout, node, blocks, reach):
    """Pains: A11."""
    ups, at = layout("ups_load_ratio"), plant.clock.at
    node.send(await blocks(batch(ups, 0.5, at=at), batch(reach, "answering", at=at)))
    for second in (1, 2, 3, 4):
        node.send(await blocks(batch(reach, "silent", at=at + second)))
    node.send(await blocks(batch(ups, 0.5, at=at + 5), batch(reach, "answering", at=at + 5)))
    told = [kind for kind, _ in kinds(node.desk.wires[0])]
    assert told[3:] == ["DDATA/cas1/ups-a"] * 2 + [
        "DDEATH/cas1/ups-a",
        "DBIRTH/cas1/ups-a",
        "DDATA/cas1/ups-a",
    ]


def numbers(wire):
    """Return the numbers that were sent as data (protobuf field 13 of a metric: a double)."""
    return [
        metric[13]
        for topic, _, metrics in wire.said
        if "DDATA" in topic
        for metric in metrics
        if 13 in metric
    ]


async def test_what_a_device_said_before_it_died_is_sent_also_when_its_death_is_in_the_same_block(
    plant, batch, layout, node, blocks, reach
):
    """After an outage one block holds hours. Pains: E1."""
    ups, at = layout("ups_load_ratio"), plant.clock.at
    story = [batch(ups, 0.5, at=at), batch(reach, "answering", at=at)]
    story += [batch(reach, "silent", at=at + second) for second in (1, 2, 3, 4)]
    story += [batch(ups, 0.6, at=at + 5), batch(reach, "answering", at=at + 5)]
    story += [batch(reach, "silent", at=at + second) for second in (6, 7, 8)]
    block = await blocks(*story)
    node.desk.next["refuses"] = Later("busy")
    assert node.send(block) == Later("busy")
    node.send(block)
    wire = node.desk.wires[1]
    told = [kind.partition("/")[0] for kind, _ in kinds(wire)]
    assert told == ["NBIRTH", "DBIRTH", "DDATA", "DDEATH", "DBIRTH", "DDATA", "DDEATH"]
    assert numbers(wire) == [0.5, 0.6]


async def test_a_block_that_is_sent_again_says_the_same_again(plant, batch, layout, node, blocks, reach):
    """Pains: E1."""
    ups, at = layout("ups_load_ratio"), plant.clock.at
    node.send(await blocks(batch(ups, 0.5, at=at), batch(reach, "answering", at=at)))
    story = [batch(ups, 0.6, at=at + 1), batch(reach, "answering", at=at + 1)]
    block = await blocks(*story, *(batch(reach, "silent", at=at + second) for second in (2, 3, 4)))
    node.desk.wires[0].breaks = True
    assert isinstance(node.send(block), Later)
    node.send(block)
    assert numbers(node.desk.wires[1]) == [0.6]
    assert kinds(node.desk.wires[1])[-1][0] == "DDEATH/cas1/ups-a"


async def test_a_broken_session_is_followed_by_another_with_the_next_number(
    plant, batch, layout, node, blocks
):
    """Pains: E1."""
    ups = layout("ups_load_ratio")
    node.send(await blocks(batch(ups, 0.5, at=plant.clock.at)))
    node.desk.wires[0].breaks = True
    block = await blocks(batch(ups, 0.6, at=plant.clock.at + 1))
    assert isinstance(node.send(block), Later)
    plant.clock.at += 300
    assert node.send(block).lines == 1
    second = node.desk.wires[1]
    assert [kind for kind, _ in kinds(second)] == ["NBIRTH/cas1", "DBIRTH/cas1/ups-a", "DDATA/cas1/ups-a"]
    assert second.said[2][2][0][5] == 1  # of an outage: historical
    wills = [dict(fields(dict(fields(wire.will[1]))[2]))[11] for wire in node.desk.wires]
    births = [wire.said[0][2][0][11] for wire in node.desk.wires]
    assert wills == births == [0, 1]
    assert second.will[0] == "spBv1.0/dc/NDEATH/cas1"
    node.close()
    assert second.said[-1][0] == "spBv1.0/dc/NDEATH/cas1"


async def test_without_its_host_application_nothing_is_sent(plant, batch, layout, blocks):
    desk = Desk()
    node = Sparkplug(desk, ("dc", "cas1", "scada"), plant.folder / "outputs" / "x", plant.clock)
    block = await blocks(batch(layout("ups_load_ratio"), 0.5, at=plant.clock.at))
    assert isinstance(node.send(block), Later)
    desk.next["state"] = b'{"online":true,"timestamp":1}'
    assert node.send(block).lines == 1
    desk.wires[-1].heard("spBv1.0/STATE/scada", b'{"online":false,"timestamp":2}')
    assert isinstance(node.send(block), Later)


async def test_a_refused_connection_is_told(plant, batch, layout, node, blocks):
    block = await blocks(batch(layout("ups_load_ratio"), 0.5, at=plant.clock.at))
    node.desk.next["refuses"] = Halted("Not authorized")
    assert node.send(block) == Halted("Not authorized")
    assert node.send(block).lines == 1
