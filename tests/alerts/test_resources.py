"""Files that travel with the program."""

import pytest

from dcim.resources import resource


def test_a_shipped_folder_is_found() -> None:
    assert (resource("config", "alerts") / "ups.yaml").is_file()


def test_what_is_not_shipped_is_a_broken_installation() -> None:
    with pytest.raises(FileNotFoundError, match="config/no-such-thing: not in this installation of dcim"):
        resource("config", "no-such-thing")
