"""Wrong usage ends with exit code 2 and a sentence that says what is wrong; never with a traceback."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from galley import __version__
from tests.app.commands import galley

if TYPE_CHECKING:
    from pathlib import Path

_NOBODY = ("--server", "127.0.0.1:1")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("validate", "none.yaml"), "error: none.yaml: no such file or directory"),
        (("xds", "none.yaml", "--node", "web"), "error: none.yaml: no such file or directory"),
        (("envoy", "--metadata", "[1]", *_NOBODY), "must be a JSON object"),
        (("envoy", "--metadata", "{x", *_NOBODY), "is no JSON"),
        (("status", *_NOBODY), "error: no server at 127.0.0.1:1: Connection refused"),
        (("explain", "IST010"), "IST0101"),
        (("wait", "--revision", "1", "--timeout", "nan"), "error: --timeout"),
        (("wait", "--revision", "1", "--timeout=-5s"), "error: --timeout"),
        (("validate", ".", "--schemas", "none"), "error: none: no such file or directory"),
        (("webhook", "manifest"), "--service NAMESPACE/NAME, or --url"),
        (("webhook", "manifest", "--service", "bad"), "webhook.service: 'bad' names no Service"),
        (("webhook", "manifest", "--url", "http://x"), "webhook.url: 'http://x' is no URL of ours"),
        (("webhook", "manifest", "--service", "a/b", "--exclude", "default"), "default may not be excluded"),
        (("serve", "--settings", "none.yaml"), "error: none.yaml: No such file or directory\n"),
        (("nonsense",), "No such command"),
        ((), "Usage: galley"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """The exit code is 2; standard error says what is wrong."""
    ran = galley(*words, cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err + ran.out
    assert "Traceback" not in ran.err


def test_the_version_is_said() -> None:
    """`galley --version` says what a report of a fault begins with."""
    ran = galley("--version")
    assert (ran.code, ran.out) == (0, f"galley {__version__}\n")


def test_an_envoy_that_is_named_and_not_there_is_not_replaced(tmp_path: Path) -> None:
    """Of `GALLEY_ENVOY` that leads nowhere, `doctor` says so, whatever else is installed."""
    ran = galley("doctor", *_NOBODY, env={"GALLEY_ENVOY": str(tmp_path / "none")})
    assert ran.code == 1
    assert f"there is no Envoy at {tmp_path / 'none'}" in ran.out


def test_an_address_that_is_taken_is_told_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    """As whoever runs several processes on one machine needs it."""
    (tmp_path / "mesh").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ran = galley("serve", "--files", "mesh", "--data", "data", "--set", f"admin.address={address}", cwd=tmp_path)
    assert ran.code == 1
    assert f"error: cannot listen on {address}: Address already in use" in ran.err
    assert "`--set admin.address=127.0.0.1:PORT` moves this one" in ran.err


def test_a_schema_folder_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """The server says which, and ends; a misspelt folder would let everything of its kinds pass unread."""
    (tmp_path / "mesh").mkdir()
    (tmp_path / "bad.yaml").write_text("kind: [\n")
    for name, said in (("none", "none: no such file"), ("bad.yaml", "bad.yaml:")):
        flags = ("--files", "mesh", "--data", "data", "--set", f"sources.schemas={name}")
        ran = galley("serve", *flags, cwd=tmp_path)
        assert ran.code == 1
        assert f"error: {said}" in ran.err
        assert "Traceback" not in ran.err


def test_a_schema_folder_cannot_hold_up_a_command(tmp_path: Path) -> None:
    """A FIFO is not waited for, aliases that double are not told, and a JSON file's numbers are JSON's."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    bad = folder / "bad.yaml"
    os.mkfifo(bad)
    ran = galley("validate", tmp_path, "--schemas", folder)
    assert (ran.code, "bad.yaml: not a file" in ran.err) == (2, True)
    bad.unlink()
    laughs = "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 30))
    bad.write_text(f"a0: &a0 [lol]\n{laughs}")
    ran = galley("validate", tmp_path, "--schemas", folder)
    assert (ran.code, f"error: {bad}:" in ran.err) == (2, True)
    bad.unlink()
    schema = '{"properties": {"a": {"multipleOf": 1e-07}}}'
    (folder / "good.json").write_text(f'{{"kind": "Limit", "apiVersion": "acme.dev/v1", "schema": {schema}}}')
    assert galley("schema", "Limit", "--schemas", folder).code == 0
