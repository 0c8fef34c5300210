"""Recordings run through the whole pipeline on a virtual clock, the same on every machine.

recording ─▶ script ─▶ the collectors' own decoding ─▶ Core: series, graph, rules, incidents ─▶ messages
                                                         virtual clock          nothing leaves ─▶ log

scene.py     a recording made ready: configuration, rules, a core that knows what was open
decoder.py   polls decoded by the collectors' own decoding
ahead.py     the same in processes beside the player (child.py), handed over in blocks (wire.py)
player.py    plays one event after the other; virtual.py: the clock
log.py       what happened and was told, as text; compare.py, expect.py: two of them, and what one must be
keep.py      the ledger of a replay, for reports; readings.py: its history; apart.py: a thread for the disk
"""
