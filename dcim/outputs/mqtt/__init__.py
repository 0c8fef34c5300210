"""Readings to an MQTT broker: plain JSON, and Sparkplug B."""
