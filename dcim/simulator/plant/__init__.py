"""The physics: power, batteries, engine, air. Pure: time comes as an argument."""

from dcim.simulator.plant.blueprint import Blueprint, DeviceShape
from dcim.simulator.plant.plant import Change, Plant, Truth

__all__ = ["Blueprint", "Change", "DeviceShape", "Plant", "Truth"]
