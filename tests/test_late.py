from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dcim.late import late


def test_a_module_is_imported_with_the_first_use_of_a_name_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_to_come.py").write_text(
        "import time\ntime.sleep(0.05)\nfor _ in range(3): made = object()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = late("slow_to_come")
    assert "slow_to_come" not in sys.modules
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: module.made, range(8)))
    assert set(map(id, found)) == {id(sys.modules.pop("slow_to_come").made)}


def test_what_is_not_there_shows_as_it_would_with_an_import() -> None:
    with pytest.raises(ModuleNotFoundError, match="there_is_none"):
        _ = late("there_is_none").anything
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = late("json").no_such_name


def test_a_module_comes_without_what_it_would_import_and_does_not_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with_colours.py").write_text(
        "try:\n    import colours_of_it as colours\nexcept ImportError:\n    colours = None\n"
    )
    (tmp_path / "colours_of_it.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert late("with_colours", without="colours_of_it").colours is None
    assert "colours_of_it" not in sys.modules
    sys.modules.pop("with_colours")
    assert late("with_colours").colours is sys.modules.pop("colours_of_it")
