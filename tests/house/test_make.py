"""The targets that users and scripts rely on are there, and end as they promise."""

import subprocess

import pytest

from tests.house.tree import Tree

PROMISED = ("demo", "test", "test-all", "check", "bench", "soak", "fix", "lock", "clean", "help")


def make(*arguments: str) -> str:
    """What make prints; it must succeed."""
    command = ["make", "--no-print-directory", *arguments]
    root = Tree.of_repository().root
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("target", PROMISED)
def test_a_promised_target_is_listed(target: str) -> None:
    """`make` alone lists each with what it does."""
    assert any(line.split()[:1] == [target] and len(line.split()) > 1 for line in make().splitlines())


def test_every_phony_check_is_part_of_check() -> None:
    """`make check` runs every target that is called after it."""
    text = Tree.of_repository().text("Makefile")
    checks = {line.split(":")[0] for line in text.splitlines() if line.startswith("check-")}
    [listed] = (line.removeprefix("CHECKS := ").split() for line in text.splitlines() if line.startswith("CHECKS :="))
    assert checks == set(listed)


def test_test_all_ends_with_the_runner() -> None:
    """The last command of `make test-all` is pytest's, so that its summary is the last line."""
    commands = [line for line in make("--dry-run", "test-all").splitlines() if line.strip()]
    assert " -m pytest" in commands[-1]
