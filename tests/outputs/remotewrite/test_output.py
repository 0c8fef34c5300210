"""Samples that are older than what was sent, and blocks that come again in the middle."""

from dcim.outputs.contract import Durable, Later
from dcim.outputs.remotewrite.output import RemoteWrite
from dcim.outputs.web import Answer


class Wire:
    """Stands for the web: answers, and counts the bytes that it was sent."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.posts = 0

    def post(self, url, content, headers):
        self.posts += 1
        return self.answers.pop(0) if self.answers else Answer(204, {}, "")

    def close(self):
        pass


async def blocks(plant, batch, layout, shelf, *seconds):
    lay, far = layout("ups_load_ratio", ("ups_input_voltage_volts", {"phase": "L1"})), shelf()
    worker = plant.worker(far, batch=1)
    for second in seconds:
        plant.say(batch(lay, 0.5, 230.0, at=plant.clock.at + second))
        await plant.commit()
        worker.turn()
    return far.blocks


async def test_what_is_older_than_what_was_sent_goes_apart_and_its_refusal_costs_nobody(
    plant, batch, layout, shelf
):
    newer, older = await blocks(plant, batch, layout, shelf, 10, 5)
    wire = Wire()
    output = RemoteWrite(wire, "http://x", 100, stale=True)
    assert output.send(newer) == Durable(2)
    wire.answers = [Answer(400, {}, "out of order sample")] * 3
    verdict = output.send(older)
    assert isinstance(verdict, Durable)
    assert verdict.lines == 0
    assert [(one.reason, len(one.lines)) for one in verdict.refused] == [("out_of_order", 2)]
    assert 'dcim_ups_load_ratio{asset="ups-a"' in verdict.refused[0].lines[0]


async def test_a_block_that_comes_again_goes_on_where_it_stood(plant, batch, layout, shelf):
    (block,) = await blocks(plant, batch, layout, shelf, 0)
    wire = Wire(Answer(204, {}, ""), Later("down"))
    output = RemoteWrite(wire, "http://x", 1, stale=True)
    assert output.send(block) == Later("down")
    assert output.send(block) == Durable(2)
    assert wire.posts == 3
