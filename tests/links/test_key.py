"""The key of the links is random, stays, and nobody else reads it."""

import stat
from pathlib import Path

from dcim.links import KEY_FILE, key_of


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert key_of(tmp_path) == key
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_two_daemons_have_two_keys(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    assert key_of(one) != key_of(other)


def test_a_key_that_others_could_read_or_that_is_cut_short_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / KEY_FILE
    for spoil in (lambda: path.chmod(0o640), lambda: path.write_bytes(b"short"), path.unlink):
        before = key_of(tmp_path)
        spoil()
        assert key_of(tmp_path) != before
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_to_a_key_elsewhere_is_no_key(tmp_path: Path) -> None:
    """Who can put a link there could have the daemon sign with a key of theirs."""
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"t" * 32)
    theirs.chmod(0o600)
    (tmp_path / KEY_FILE).symlink_to(theirs)
    assert key_of(tmp_path) != b"t" * 32
    assert theirs.read_bytes() == b"t" * 32
    assert not (tmp_path / KEY_FILE).is_symlink()
