"""UPS agents on loopback that go on battery and back by chance, and say on stdout what was true and what they said.

    python flock.py AGENTS SECONDS      a phase lasts up to SECONDS; the same is over after SIGUSR1: nothing changes any more

    {"ports": [...]}                                                first
    {"agent": 0, "at": UTC seconds, "source": 5}                    from now on it is so
    {"agent": 0, "at": UTC seconds, "said": 17, "source": 5}        answer number 17 of this agent says so

Every answer counts upsInputLineBads up by one, so that each reading in a history leads to the answer it came from. The
encoding is pysnmp's, never ours.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from bisect import bisect_right
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.api import v2c

UPS = (1, 3, 6, 1, 2, 1, 33)
SAID = (*UPS, 1, 3, 1, 0)  # upsInputLineBads
SOURCE = (*UPS, 1, 4, 1, 0)  # upsOutputSource
NORMAL, BATTERY = 3, 5
COMMUNITY = b"crash-test"


def say(**message: Any) -> None:
    print(json.dumps(message), flush=True)


class Agent(asyncio.DatagramProtocol):
    def __init__(self, number: int) -> None:
        self.number = number
        self.source = NORMAL
        self.said = 0
        self.answers: dict[tuple[str, int], bytes] = {}  # a question that comes twice has one answer
        self.fixed = {
            (1, 3, 6, 1, 2, 1, 1, 2, 0): rfc1902.ObjectIdentifier(UPS),
            (*UPS, 1, 1, 1, 0): rfc1902.OctetString("Scripted"),
            (*UPS, 1, 1, 2, 0): rfc1902.OctetString(f"UPS {number}"),
            (*UPS, 1, 2, 1, 0): rfc1902.Integer32(2),
            (*UPS, 1, 2, 4, 0): rfc1902.Integer32(87),
        }

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def turn(self, source: int) -> None:
        self.source = source
        say(agent=self.number, at=time.time(), source=source)

    def datagram_received(self, data: bytes, where: Any) -> None:
        message, _ = decoder.decode(data, asn1Spec=v2c.Message())
        if bytes(v2c.apiMessage.get_community(message)) != COMMUNITY:
            return
        pdu = v2c.apiMessage.get_pdu(message)
        key = f"{where}", int(v2c.apiPDU.get_request_id(pdu))
        if key not in self.answers:
            self.answers.clear()
            self.answers[key] = self.answer(message, pdu)
        self.transport.sendto(self.answers[key], where)

    def answer(self, message: Any, pdu: Any) -> bytes:
        asked = [tuple(name) for name, _ in v2c.apiPDU.get_varbinds(pdu)]
        if SAID in asked:
            self.said += 1
            say(agent=self.number, at=time.time(), said=self.said, source=self.source)
        cells = {
            **self.fixed,
            (1, 3, 6, 1, 2, 1, 1, 3, 0): rfc1902.TimeTicks(int(time.monotonic() * 100) % 2**32),
            SAID: rfc1902.Counter32(self.said),
            SOURCE: rfc1902.Integer32(self.source),
        }
        if pdu.isSameTypeWith(rfc1905.GetRequestPDU()):
            found = [(name, cells.get(name, rfc1905.noSuchInstance)) for name in asked]
        else:
            found = following(cells, asked)
        response = v2c.apiMessage.get_response(message)
        v2c.apiPDU.set_varbinds(v2c.apiMessage.get_pdu(response), found)
        return bytes(encoder.encode(response))


def following(cells: dict[tuple[int, ...], Any], asked: list[tuple[int, ...]]) -> list[tuple[Any, Any]]:
    """One row after each name: all that GETNEXT asks for, and as much as GETBULK has to get (RFC 3416, 4.2.3)."""
    order = sorted(cells)
    rows = []
    for name in asked:
        place = bisect_right(order, name)
        rows.append(
            (order[place], cells[order[place]]) if place < len(order) else (name, rfc1905.endOfMibView)
        )
    return rows


async def live(agent: Agent, longest: float, still: asyncio.Event) -> None:
    while True:
        agent.turn(BATTERY if agent.source == NORMAL else NORMAL)
        try:
            async with asyncio.timeout(random.uniform(1.0, longest)):
                await still.wait()
                return
        except TimeoutError:
            continue


async def main(agents: int, longest: float) -> None:
    loop = asyncio.get_running_loop()
    still, over = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, still.set)
    loop.add_signal_handler(signal.SIGTERM, over.set)
    made = []
    for number in range(agents):
        transport, agent = await loop.create_datagram_endpoint(
            lambda number=number: Agent(number), local_addr=("127.0.0.1", 0)
        )
        made.append((transport.get_extra_info("sockname")[1], agent))
    say(ports=[port for port, _ in made])
    tasks = [asyncio.create_task(live(agent, longest, still)) for _, agent in made]
    await over.wait()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
