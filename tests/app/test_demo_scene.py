"""Where the demo plays: a folder of its own, made anew, unless that would harm somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from galley.app.demo.scene import NotOurs, set_scene
from pipeline.log.sqlite import SqliteLog


def test_an_earlier_demo_makes_room(tmp_path: Path) -> None:
    """Its folder is made anew, with the example in it and nothing else."""
    scene = set_scene(tmp_path / "demo")
    (scene.mesh / "mine.yaml").touch()
    again = set_scene(tmp_path / "demo")
    assert again.route.exists()
    assert not (again.mesh / "mine.yaml").exists()


def test_a_demo_that_runs_is_left_alone(tmp_path: Path) -> None:
    """Nothing of it is touched while its server has the log; afterwards it may go."""
    scene = set_scene(tmp_path / "demo")
    (scene.root / "data").mkdir()
    log = SqliteLog(scene.root / "data" / "galley.db")
    (scene.mesh / "mine.yaml").touch()
    with pytest.raises(NotOurs, match="a demo runs in "):
        set_scene(tmp_path / "demo")
    assert (scene.mesh / "mine.yaml").exists()
    log.close()
    assert not (set_scene(tmp_path / "demo").root / "data").exists()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Even where it is empty."""
    with pytest.raises(NotOurs, match="was not made by the demo"):
        set_scene(tmp_path)
    assert tmp_path.exists()
