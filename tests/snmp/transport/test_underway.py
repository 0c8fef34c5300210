"""Questions by their numbers: whose answer a datagram is, and why it is nobody's."""

from __future__ import annotations

import socket
from random import Random

from collectors.snmp.engine.access import Community
from collectors.snmp.engine.keys import KeyCache
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Stats, Target, Urgency
from collectors.snmp.transport.peer import Peer
from collectors.snmp.transport.udp.question import Question
from collectors.snmp.transport.udp.underway import UnderWay
from dcim.model import Address

HERE = ("192.0.2.1", 161)


def question():
    target = Target(Address(*HERE), Community("public"))
    peer = Peer(target, (socket.AF_INET, HERE), KeyCache(), 1)
    return Question(target, peer, Request.get([]), 1.0, Urgency.NORMAL, lambda _: None)


def test_an_answer_is_for_the_question_of_its_number_and_address_and_anything_else_is_counted():
    """Pains: B7."""
    stats = Stats()
    under_way = UnderWay(Random(1), stats)
    one, other = question(), question()
    under_way.name(one)
    under_way.name(other)
    assert under_way.found(one.number, HERE) is one
    assert under_way.found(other.number, HERE) is other
    assert under_way.found(one.number, ("192.0.2.2", 161)) is None
    assert under_way.found(next(n for n in range(1, 9) if n not in under_way.by_number), HERE) is None
    under_way.unname(one)
    assert under_way.found(one.number, HERE) is None
    assert stats.dropped == {"wrong_address": 1, "unknown_id": 1, "late": 1}


def test_a_question_that_is_asked_anew_is_not_answered_under_its_old_number():
    under_way = UnderWay(Random(1), Stats())
    one = question()
    under_way.name(one)
    before = one.number
    under_way.unname(one)
    under_way.name(one)
    assert one.number != before
    assert (under_way.found(before, HERE), under_way.found(one.number, HERE)) == (None, one)
