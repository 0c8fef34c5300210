"""A recording decoded as a poll would be: the same families, decoders and gaps, with nobody to ask. Pure."""

from __future__ import annotations

from collectors.modbus.decoding.decode import codecs, decoders
from collectors.modbus.families.family import ModbusProfile
from collectors.modbus.known import identify
from collectors.modbus.recordings.recording import Recording, lookup
from collectors.modbus.transport.contract import Read
from dcim.collect import Decoded
from dcim.model import Gap, GapReason


def replay(device: Recording, profile: ModbusProfile, asset: str, at: float, reason: str) -> Decoded:
    """Return what a recording holds. An address that it lacks is refused, as the device would."""
    batches = []
    for decoder in decoders(asset, codecs(profile)).values():
        image = bytearray(decoder.geometry.size)
        failures: dict[Read, Gap] = {}
        for read in decoder.wanted:
            payload = device.answer(read)
            if payload is None:
                failures[read] = Gap(GapReason.REFUSED, f"{read}: not in the recording")
            else:
                decoder.geometry.put(image, read, payload)
        batches.append(decoder.decode(image, failures, at))
    identity = identify.identity_of(profile, device.objects, lookup(device))
    greeting = identify.greeting_of(device.objects)
    return Decoded(profile.name, identity, tuple(batches), reason, greeting)
