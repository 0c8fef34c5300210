"""What is replayed is read from its recording and from nowhere else. Pains: F10."""

from __future__ import annotations

import json
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from dcim.model import ConfigError
from dcim.recording.folder import MANIFEST, Recording
from dcim.replay.scene import Scene

LIBRARY = Path(__file__).parent / "library"


def test_a_recording_whose_configuration_reaches_out_is_not_replayed(tmp_path: Path) -> None:
    """Whoever made it could name its digest too."""
    (tmp_path / "outside.yaml").write_text("rooms: {r9: not of this recording}\n")
    folder = tmp_path / "recording"
    shutil.copytree(LIBRARY / "feed-loss", folder)
    main = folder / "config" / "dcim.yaml"
    config = json.loads(main.read_text(encoding="utf-8"))
    main.write_text(json.dumps(config | {"include": ["../../outside.yaml"]}), encoding="utf-8")
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"]["dcim.yaml"] = sha256(main.read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ConfigError, match="leads out of the recording"):
        Scene.of(Recording.open(folder))
