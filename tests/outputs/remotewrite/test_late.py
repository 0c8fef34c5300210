"""What is computed late of a device that fell silent, before a receiver that takes a series only forwards."""

import math
import struct

import cramjam

from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.outputs.remotewrite.output import RemoteWrite
from dcim.outputs.web import Answer


def fields(raw):
    """Read the fields of a protobuf message: numbers, doubles, bytes."""
    at = 0

    def varint():
        nonlocal at
        number = shift = 0
        while True:
            byte, at = raw[at], at + 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(raw):
        key = varint()
        if key & 7 == 0:
            yield varint()
        elif key & 7 == 1:
            yield struct.unpack_from("<d", raw, at)[0]
            at += 8
        else:
            size = varint()
            yield raw[at : at + size]
            at += size


def samples_of(content):
    for series in fields(bytes(cramjam.snappy.decompress_raw(content))):
        *labels, sample = fields(series)
        pairs = dict(tuple(text.decode() for text in fields(label)) for label in labels)
        value, at = fields(sample)
        yield pairs["__name__"], tuple(sorted(pairs.items())), at, value


class Forwards:
    """A Prometheus: takes a series only forwards, and refuses the whole request otherwise."""

    def __init__(self):
        self.newest = {}
        self.taken = []

    def post(self, url, content, headers):
        samples = list(samples_of(content))
        newest = dict(self.newest)
        for _, series, at, _ in samples:
            if at <= newest.get(series, -1):
                return Answer(400, {}, "out of order sample")
            newest[series] = at
        self.newest = newest
        self.taken += [(name, at, value) for name, _, at, value in samples]
        return Answer(204, {})

    def close(self):
        pass


async def test_what_is_computed_late_of_a_device_that_fell_silent_is_taken(plant, batch, layout, shelf):
    """Pains: A11, E1."""
    lay, own = layout("ups_load_ratio"), layout("load_after_loss_ratio", own=True)
    silent = {state_code(word): Meaning(word) for word in ("answering", "silent")}
    reach = Layout("ups-a", Lane.FAST, (Point("ups-a", "device_reach_state"),), (silent,), ("",), own=True)
    start, far = plant.clock.at, shelf()
    worker = plant.worker(far)
    turns = [
        [batch(lay, 0.5, at=start), batch(own, 0.7, at=start)],
        [batch(reach, "silent", at=start + second) for second in (10, 20, 30)],
        [batch(own, 0.8, at=start + 29), batch(own, 0.9, at=start + 30)],
        [batch(reach, "silent", at=start + 91)],
    ]
    for turn in turns:
        for one in turn:
            plant.say(one)
        await plant.commit()
        worker.turn()
    wire = Forwards()
    output = RemoteWrite(wire, "http://x", 100, stale=True)
    assert [output.send(block).refused for block in far.blocks] == [()] * 4
    stale = [(name, at) for name, at, value in wire.taken if math.isnan(value)]
    assert [at for name, at in stale if "ups_load_ratio" in name] == [round((start + 30) * 1000)]
    late = [value for name, _, value in wire.taken if "load_after_loss" in name and not math.isnan(value)]
    assert late == [0.7, 0.8, 0.9]
