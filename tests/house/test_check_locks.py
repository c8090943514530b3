"""A lock without hashes, with a source, or without a pin for a wish is found."""

from pathlib import Path

from tests.house.check_locks import check
from tests.house.tree import Tree

PINNED = "orjson==3.11.4 \\\n    --hash=sha256:0a30\n    # via -r requirements/base.in\n"


def test_a_whole_lock_passes(tmp_path: Path) -> None:
    """A pin with a hash for each wish is no fault, whatever the case and marks of its name."""
    files = {"requirements/base.in": "# why\nOrJSON>=3\n", "requirements/base.lock": PINNED}
    assert check(Tree.planted(tmp_path, files)) == []


def test_a_pin_without_a_hash_is_found(tmp_path: Path) -> None:
    """A bare pin is found, also after one that has hashes."""
    [finding] = check(Tree.planted(tmp_path, {"requirements/base.lock": PINNED + "rich==14.0\nidna==3.1\n    --x\n"}))[
        :1
    ]
    assert (finding.line, "without a hash" in finding.message) == (4, True)


def test_a_source_is_found(tmp_path: Path) -> None:
    """An index in a lock is found."""
    [finding] = check(Tree.planted(tmp_path, {"requirements/base.lock": "--index-url https://host.example\n" + PINNED}))
    assert "where packages come from" in finding.message


def test_a_stale_lock_is_found(tmp_path: Path) -> None:
    """A wish that the lock does not hold is found, and a list without any lock."""
    files = {
        "requirements/base.in": "orjson\nrich\n",
        "requirements/base.lock": PINNED,
        "requirements/docs.in": "rich\n",
    }
    assert [finding.message for finding in check(Tree.planted(tmp_path, files))] == [
        "rich is not in requirements/base.lock: write it with `make lock`",
        "has no requirements/docs.lock: write it with `make lock`",
    ]
