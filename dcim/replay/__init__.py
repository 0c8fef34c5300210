"""Recordings run through the whole pipeline on a virtual clock, the same on every machine.

recording ─▶ script ─▶ the collectors' own decoding ─▶ Core: series, graph, rules, incidents ─▶ messages
                                                         virtual clock          nothing leaves ─▶ log
"""
