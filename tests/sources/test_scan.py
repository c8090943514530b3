"""Which files are read, and that nothing leads out of the directory."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from galley.sources.inside import Inside
from galley.sources.scan import DEEPEST, Problem, Signature, load, look, scan

if TYPE_CHECKING:
    from pathlib import Path

SECRET = b"secret: yes\n"


def drop(tmp_path: Path) -> Path:
    """A directory beside which lies a secret."""
    (tmp_path / "secret.yaml").write_bytes(SECRET)
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "secret.yaml").write_bytes(SECRET)
    root = tmp_path / "drop"
    root.mkdir()
    return root


def content(root: Path, file: str) -> bytes | None:
    """What `load` reads, None where it reads nothing."""
    with Inside(root) as inside:
        loaded = load(inside, file, 1000)
    return loaded[1] if loaded is not None and isinstance(loaded[0], Signature) else None


def readable(root: Path) -> dict[str, bytes | None]:
    """Every file of a walk that can be read, with what it says."""
    return {file: content(root, file) for file, entry in scan(root).files.items() if isinstance(entry, Signature)}


def problems(root: Path) -> dict[str, str]:
    """Every file of a walk that cannot be read, with the code."""
    return {file: entry.code for file, entry in scan(root).files.items() if isinstance(entry, Problem)}


def test_yaml_and_json_are_read_at_any_depth_and_nothing_else(tmp_path: Path) -> None:
    """No dotfiles, nothing in dot directories, no other suffix."""
    root = drop(tmp_path)
    for file in (
        "a.yaml",
        "b.yml",
        "c.json",
        "d/e/f.yaml",
        ".g.yaml",
        ".h/i.yaml",
        "j.txt",
        "k.yaml~",
        "yaml",
        "L.YAML",
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(file)
    assert sorted(readable(root)) == ["a.yaml", "b.yml", "c.json", "d/e/f.yaml"]
    assert sorted(scan(root).directories) == ["", "d", "d/e"]


def test_what_is_no_file_is_a_problem(tmp_path: Path) -> None:
    """A FIFO is neither waited for nor passed over in silence; a directory may be called anything."""
    root = drop(tmp_path)
    os.mkfifo(root / "fifo.yaml")
    (root / "directory.yaml").mkdir()
    assert problems(root) == {"fifo.yaml": "GLY0022"}
    assert content(root, "fifo.yaml") is None
    assert content(root, "directory.yaml") is None


def test_links_lead_nowhere_outside(tmp_path: Path) -> None:
    """Whatever way they take; each is named."""
    root = drop(tmp_path)
    (root / "in").mkdir()
    links: dict[str, str | Path] = {
        "absolute.yaml": tmp_path / "secret.yaml",
        "up.yaml": "../secret.yaml",
        "in/up.yaml": "../../secret.yaml",
        "through.yaml": "in/../../secret.yaml",
        "chain.yaml": "up.yaml",
        "root.yaml": root / ".." / "secret.yaml",
        "device.yaml": "/dev/zero",
        "dangling.yaml": "nothing.yaml",
        "circle.yaml": "circle.yaml",
        "file/beneath.yaml": "../up.yaml/x",
    }
    (root / "file").mkdir()
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root / "directory").symlink_to(tmp_path / "beside")
    found = problems(root)
    assert readable(root) == {}
    assert found.keys() == links.keys()
    assert {code for name, code in found.items() if name not in {"dangling.yaml", "circle.yaml"}} == {"GLY0024"}
    for name in (*links, "directory/secret.yaml", "../secret.yaml"):
        assert content(root, name) is None


def test_links_inside_are_read_once(tmp_path: Path) -> None:
    """A link to what is read anyway is left out; one to what is not is read under its own name."""
    root = drop(tmp_path)
    (root / "a.yaml").write_text("a")
    (root / "b.txt").write_text("b")
    (root / "d").mkdir()
    (root / "d" / "c.yaml").write_text("c")
    (root / "twice.yaml").symlink_to("a.yaml")
    (root / "absolute.yaml").symlink_to(root / "d" / "c.yaml")
    (root / "text.yaml").symlink_to("b.txt")
    (root / "again").symlink_to("d")
    (root / "d" / "circle").symlink_to("..")
    assert readable(root) == {"a.yaml": b"a", "d/c.yaml": b"c", "text.yaml": b"b"}


def test_a_config_map_mount_is_read_through_its_links(tmp_path: Path) -> None:
    """Names in the directory lead through `..data` to the directory of the moment."""
    root = drop(tmp_path)
    (root / "..2024_01" / "sub").mkdir(parents=True)
    (root / "..2024_01" / "a.yaml").write_text("a")
    (root / "..2024_01" / "sub" / "b.yaml").write_text("b")
    (root / "..data").symlink_to("..2024_01")
    (root / "a.yaml").symlink_to("..data/a.yaml")
    (root / "sub").symlink_to("..data/sub")
    assert readable(root) == {"a.yaml": b"a", "sub/b.yaml": b"b"}
    assert scan(root).linked


def test_a_root_may_be_a_link(tmp_path: Path) -> None:
    """Whoever names it has chosen it, absolute links into it included."""
    root = drop(tmp_path)
    (root / "hidden.txt").write_text("a")
    (root / "a.yaml").symlink_to(root / "hidden.txt")
    (tmp_path / "current").symlink_to(root)
    assert readable(tmp_path / "current") == {"a.yaml": b"a"}


def test_a_root_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    """As is one that is no directory."""
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "nothing", tmp_path / "file"):
        listing = scan(root)
        assert listing.unreadable.keys() == {""}
        assert listing.files == {}
        assert look(root, ["a.yaml"]) is None


def test_a_walk_has_an_end(tmp_path: Path) -> None:
    """Below so many levels nothing is read, and that is said."""
    root = drop(tmp_path)
    here = os.open(root, os.O_RDONLY)
    for _ in range(DEEPEST + 5):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    listing = scan(root)
    assert len(listing.directories) == DEEPEST
    assert len(listing.unreadable) == 1


def test_names_that_are_no_text_are_said(tmp_path: Path) -> None:
    """They cannot be kept, so they are not read."""
    root = drop(tmp_path)
    with open(os.fsencode(root) + b"/\xff.yaml", "wb"):  # noqa: PTH123  bytes
        pass
    assert problems(root) == {"\\udcff.yaml": "GLY0022"}


def test_a_look_tells_what_is_at_a_path(tmp_path: Path) -> None:
    """As a walk would; where a link is on the way, only a walk can tell."""
    root = drop(tmp_path)
    (root / "a.yaml").write_text("a")
    (root / "l.yaml").symlink_to("a.yaml")
    found = look(root, ["a.yaml", "b.yaml", "c/d.yaml"])
    assert found == {"a.yaml": scan(root).files["a.yaml"], "b.yaml": None, "c/d.yaml": None}
    assert look(root, ["a.yaml", "l.yaml"]) is None


def test_no_swap_of_names_leads_outside(tmp_path: Path) -> None:
    """While files and directories are swapped for links that lead out, over and over, the secret is never read."""
    root = drop(tmp_path)
    (root / "d").mkdir()
    (root / "d" / "secret.yaml").write_text("inside")
    (root / "f.yaml").write_text("inside")
    done = threading.Event()

    def swap() -> None:
        number = 0
        while not done.is_set():
            number += 1
            (root / ".link").symlink_to(tmp_path / "beside")
            (root / "d").rename(root / ".d")
            (root / ".link").rename(root / "d")
            (root / "d").unlink()
            (root / ".d").rename(root / "d")
            (root / ".link").symlink_to(tmp_path / "secret.yaml")
            (root / ".link").rename(root / "f.yaml")
            (root / ".f").write_text("inside")
            (root / ".f").rename(root / "f.yaml")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen = set()
        for _ in range(2000):
            scan(root)
            look(root, ["f.yaml", "d/secret.yaml"])
            seen |= {content(root, "f.yaml"), content(root, "d/secret.yaml")}
    finally:
        done.set()
        swapper.join()
    assert seen <= {b"inside", b"", None}
    assert b"inside" in seen
