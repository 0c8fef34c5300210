"""The process that makes a report loads what a report needs."""

from __future__ import annotations

import subprocess
import sys


def test_the_child_reads_no_configuration_and_loads_nothing_that_does():
    program = "import sys, dcim.reports.child; print([one for one in sys.modules if one.startswith('dcim.settings')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
