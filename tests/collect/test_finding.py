"""What is found of a recording: the lines that stand whole in what is read of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.collect import whole_lines


@given(st.binary(max_size=12), st.integers(min_value=0, max_value=12))
def test_of_a_file_that_is_too_large_no_line_is_cut(tmp_path_factory, raw: bytes, most: int) -> None:
    """Pains: A1: the beginning of a value is no value."""
    path: Path = tmp_path_factory.getbasetemp() / "lines"
    path.write_bytes(raw)
    lines, rest = whole_lines(path, most)
    assert raw.startswith(lines)
    assert bool(rest) == (len(raw) > most)
    if rest:
        assert lines == b"" or lines[-1:] in (b"\n", b"\r")
        assert not {b"\n", b"\r"} & {raw[at : at + 1] for at in range(len(lines), most + 1)}
    else:
        assert lines == raw


def test_a_pipe_is_not_waited_for_and_a_device_has_no_end(tmp_path: Path) -> None:
    pipe = tmp_path / "a.snmprec"
    os.mkfifo(pipe)
    for path, word in ((pipe, "a pipe"), (tmp_path, "a folder"), (Path("/dev/zero"), "a device")):
        with pytest.raises(OSError, match=f"is {word}: expected a file"):
            whole_lines(path, 10)
    (tmp_path / "b.snmprec").write_text("a\n")
    link = tmp_path / "c.snmprec"
    link.symlink_to("b.snmprec")
    assert whole_lines(link, 10) == (b"a\n", "")
