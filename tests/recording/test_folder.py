"""A folder that is no recording, or whose manifest was tampered with, is told in a sentence. Pains: F10, D8."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from dcim.recording.folder import CONFIG, MANIFEST, Recording
from dcim.recording.frame import Damaged
from dcim.recording.manifest import Manifest

SECRET = b"not of this recording"


def folder_of(tmp_path: Path, *names: str) -> Path:
    """Return a folder whose manifest names these files, each with the right digest of what lies outside."""
    folder = tmp_path / "recording"
    (folder / CONFIG).mkdir(parents=True)
    (tmp_path / "outside").write_bytes(SECRET)
    files = dict.fromkeys(names, sha256(SECRET).hexdigest())
    made = Manifest("a", "cas1", 0.0, 1.0, (), files=files)
    (folder / MANIFEST).write_text(made.text(), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["../../outside", "/etc/hostname", "a/../../../outside", "", "a//b", "a\0b"])
def test_a_manifest_that_names_files_beside_its_configuration_is_damaged(name: str, tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="which is no file of its configuration"):
        Recording.open(folder_of(tmp_path, name))


def test_a_link_that_leads_out_of_the_recording_is_damaged(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "dcim.yaml")
    (folder / CONFIG / "dcim.yaml").symlink_to(tmp_path / "outside")
    with pytest.raises(Damaged, match="it leads out of the recording"):
        Recording.open(folder)


def test_a_manifest_that_names_no_configuration_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match=r"manifest\.json: .*files: dcim\.yaml is not among them"):
        Recording.open(folder_of(tmp_path))


def test_a_file_of_the_configuration_that_the_manifest_does_not_name_is_damaged(tmp_path: Path) -> None:
    """What nobody can check is not used; what a file manager leaves behind is none of it."""
    folder = folder_of(tmp_path, "dcim.yaml")
    for name in ("dcim.yaml", ".DS_Store"):
        (folder / CONFIG / name).write_bytes(SECRET)
    (folder / "0000.tape").touch()
    assert Recording.open(folder).config == folder / CONFIG / "dcim.yaml"
    (folder / CONFIG / "rules-0.yaml").write_bytes(SECRET)
    with pytest.raises(Damaged, match=r"rules-0\.yaml: .*the manifest does not name it"):
        Recording.open(folder)


@pytest.mark.parametrize("name", ["0002.tape", "0001-copy.tape", "01.tape"])
def test_a_tape_that_the_manifest_does_not_count_is_damaged_and_not_read(name: str, tmp_path: Path) -> None:
    """It would be played as well: answers that nobody gave, or the endless ones of a device file."""
    folder = folder_of(tmp_path, "dcim.yaml")
    (folder / CONFIG / "dcim.yaml").write_bytes(SECRET)
    made = Recording.open(folder_with_tapes(folder, 2))
    assert [tape.name for tape in made.tapes] == ["0000.tape", "0001.tape"]
    (folder / name).symlink_to("/dev/zero")
    with pytest.raises(Damaged, match=rf"{name}: offset 0: it is no file of this recording"):
        Recording.open(folder)


def folder_with_tapes(folder: Path, count: int) -> Path:
    """Return the folder, complete, with so many tapes."""
    files = {"dcim.yaml": sha256(SECRET).hexdigest()}
    made = Manifest("a", "cas1", 0.0, 1.0, (), files=files, complete=True, segments=count - 1)
    (folder / MANIFEST).write_text(made.text(), encoding="utf-8")
    for number in range(count):
        (folder / f"{number:04d}.tape").touch()
    return folder


def test_a_folder_without_a_manifest_is_said_to_hold_no_recording(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match=r"manifest\.json: .*this folder holds no recording"):
        Recording.open(tmp_path)


@pytest.mark.parametrize("text", ["[" * 200_000, "{}", "[]", "{", '{"files": 5, "name": "a"}'])
def test_a_manifest_that_makes_no_sense_is_damaged_however_deep_it_is(text: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(Damaged, match="the manifest makes no sense"):
        Recording.open(tmp_path)
