"""Carry config, dashboards and unit files in the wheel, as ``dcim/_data``; all else is in pyproject.toml."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CARRIED = ("config", "dashboards", "systemd")
TOOLS = shutil.ignore_patterns("*.py", "boards", "__pycache__")  # what makes the dashboards stays here


class BuildWithData(build_py):
    """Copies the folders that the customer wants at the top level into the package."""

    def run(self) -> None:
        """Build the package, then lay the carried folders beside its modules."""
        super().run()
        if getattr(self, "editable_mode", False):
            return
        for name in CARRIED:
            source = Path(__file__).parent / name
            if source.is_dir():
                target = Path(self.build_lib, "dcim", "_data", name)
                shutil.copytree(source, target, ignore=TOOLS, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithData})
