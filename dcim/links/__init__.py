"""Links in messages by which their reader acknowledges: signed, for one use, and over after a time."""

from dcim.links.key import KEY_FILE, key_of
from dcim.links.link import Claim, Expired, Forged, Target, read, sealed

__all__ = ["KEY_FILE", "Claim", "Expired", "Forged", "Target", "key_of", "read", "sealed"]
