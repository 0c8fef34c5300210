"""What the plant has to say in the words of the catalogue: a number or a word for a metric and its labels.

plant -> voice -> encoder (the profile, read backwards) -> what an agent answers
"""

from dcim.simulator.voice.voice import Said, Say, voice

__all__ = ["Said", "Say", "voice"]
