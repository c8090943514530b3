"""Repositories elsewhere: what git is told and what it is not, over HTTP and ssh, and peers that misbehave."""

from __future__ import annotations

import base64
import os
import shutil
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from structlog.testing import capture_logs

from galley.settings.git import GitRepository
from galley.sources.git.environment import environment
from tests.sources.contract import document, eventually, until_synced
from tests.sources.git.repository import Repository
from tests.sources.git.served import Served, served
from tests.sources.listener import Listener, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "s3cr3t/to:ken@x"
QUOTED = "s3cr3t%2Fto%3Aken%40x"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Served]:
    """A repository behind `git http-backend`, with an object."""
    with served(tmp_path) as world:
        world.change({"a": 1})
        yield world


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in which every git and ssh that is run writes its arguments, before it runs."""
    file, programs = tmp_path / "told", tmp_path / "bin"
    programs.mkdir()
    real = os.environ["PATH"]
    for name, then in (
        ("git", f'exec {shutil.which("git")} "$@"'),
        ("ssh", 'for last; do :; done\nexec sh -c "$last"'),
    ):
        path = programs / name
        path.write_text(f'#!/bin/sh\nTOLD={file}\necho {name} "$@" >>$TOLD\n{then}\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{real}")
    return file


@pytest.mark.parametrize("how", ["in the URL", "in a file", "a lone token"])
async def test_a_token_is_sent_and_never_shown(world: Served, told: Path, how: str) -> None:
    """It is in no argument, log, status, batch or file of ours; the server gets it, from the URL or a file."""
    user = "galley" if how == "a lone token" else "ann"
    expected = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
    world.mode(f"auth Basic {expected}")
    file = world.directory / "token"
    file.write_text(f"{SECRET}\n")
    place = world.url.removeprefix("http://")
    match how:
        case "in the URL":
            source = world.source_of(f"http://ann:{QUOTED}@{place}")
        case "in a file":
            source = world.source(token_file=file, user="ann")
        case _:
            source = world.source_of(f"http://{QUOTED}@{place}")
    listener = Listener()
    with capture_logs() as logs:
        async with listener.running(source):
            batch = await listener.next()
            world.mode("auth Basic another")
            await eventually(lambda: bool(source.status.errors))
            status = repr(source.status)
    assert said(batch) == ["+a", "."]
    assert any(expected in line for line in world.requests())
    kept = "".join(path.read_text("utf-8", "replace") for path in world.home.rglob("*") if path.is_file())
    for text in (told.read_text(), repr(logs), status, repr(batch), kept, repr(source.repository)):
        for secret in (SECRET, QUOTED, expected):
            assert secret not in text


async def test_without_a_token_nobody_is_asked_for_one(world: Served) -> None:
    """No prompt, no helper: the error says what the server wants."""
    world.mode("auth Basic eDp5")
    source = world.source()
    async with Listener().running(source):
        await eventually(lambda: bool(source.status.errors))
    assert "could not read Username" in source.status.errors[0] or "Authentication failed" in source.status.errors[0]


async def test_redirects_are_not_followed(world: Served, tmp_path: Path) -> None:
    """Neither to another host, nor to this machine's disk; the token stays at home."""
    (tmp_path / "elsewhere").mkdir()
    with served(tmp_path / "elsewhere") as other:
        other.change({"evil": 1})
        for target in (other.url.removesuffix("/mesh/.git"), "file:///etc", "ext::sh"):
            world.mode(f"redirect {target}")
            source, listener = world.source_of(f"http://x:{QUOTED}@{world.url.removeprefix('http://')}"), Listener()
            async with listener.running(source):
                await eventually(lambda: bool(source.status.errors))  # noqa: B023  awaited here
            assert not listener.names()
        assert not (other.directory / "requests").exists()


@pytest.mark.parametrize("mode", ["hang", "endless", "garbage", "down", "dumb"])
async def test_peers_that_misbehave_are_bounded(world: Served, mode: str) -> None:
    """What was said stays; the error says what is wrong; when the peer mends, all goes on."""
    world.settings = world.settings.model_copy(update={"timeout": 2.0})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        world.mode(mode)
        world.change({"a": 2})
        await eventually(lambda: bool(source.status.errors), 20)
        assert listener.names() == {"a"}
        assert source.status.errors[0].isprintable()
        assert len(source.status.errors[0]) < 400
        world.mode("")
        assert said(await listener.next()) == ["+a"]
        await eventually(lambda: not source.status.errors)


async def test_a_hint_is_a_question_at_once_and_many_are_few(world: Served) -> None:
    """Between two polls `hint` asks; a flood of hints cannot be turned against the server that is asked."""
    world.settings = world.settings.model_copy(update={"poll": 600.0})
    source, listener = world.source(), Listener()
    async with listener.running(source):
        await until_synced(listener)
        world.change({"a": 2})
        source.hint()
        assert said(await listener.next()) == ["+a"]
        before = len(world.requests())
        for _ in range(100_000):
            source.hint()
        await listener.quiet()
        assert len(world.requests()) - before < 10


async def test_https_is_spoken_to_whom_a_certificate_proves(tmp_path: Path) -> None:
    """With the certificate's authority set it works, token and all; without, nothing is sent."""
    pem = tmp_path / "server.pem"
    certificate, key = self_signed("127.0.0.1")
    pem.write_bytes(certificate + key)
    (tmp_path / "ca.pem").write_bytes(certificate)
    with served(tmp_path, pem) as world:
        world.change({"a": 1})
        place = world.url.removeprefix("https://")
        source = world.source_of(f"https://x:{QUOTED}@{place}")
        async with Listener().running(source):
            await eventually(lambda: bool(source.status.errors))
        assert "certificate" in source.status.errors[0]
        assert not (tmp_path / "requests").exists()
        listener = Listener()
        async with listener.running(world.source_of(f"https://x:{QUOTED}@{place}", ca_file=tmp_path / "ca.pem")):
            await until_synced(listener)
        assert listener.names() == {"a"}


def self_signed(address: str) -> tuple[bytes, bytes]:
    """Return a certificate for an address, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    return certificate.public_bytes(serialization.Encoding.PEM), pem


async def test_ssh_is_told_to_ask_nothing_and_forward_nothing(tmp_path: Path, told: Path) -> None:
    """A whole fetch over a stand-in for ssh, which runs what a server would: the options are ours, keys as set."""
    world = Repository(tmp_path)
    world.commit({"a.yaml": document("a", 1)})
    key, hosts = tmp_path / "a key", tmp_path / "known hosts"
    source = world.source_of(f"ssh://git@localhost{world.root}", ssh_key=key, known_hosts=hosts)
    listener = Listener()
    async with listener.running(source):
        await until_synced(listener)
    assert listener.names() == {"a"}
    lines = [line for line in told.read_text().splitlines() if line.startswith("ssh ")]
    assert lines
    for line in lines:
        for option in ("BatchMode=yes", "ForwardAgent=no", "ClearAllForwardings=yes", "PermitLocalCommand=no"):
            assert f"-o{option}" in line
        assert f"-oIdentitiesOnly=yes -i {key} " in line
        assert f'-oStrictHostKeyChecking=yes -oUserKnownHostsFile="{hosts}"' in line
        assert line.index("git@localhost") > line.index("-oUserKnownHostsFile")


def test_nothing_of_the_server_s_environment_reaches_git_but_what_it_needs(tmp_path: Path) -> None:
    """Variables that make git run programs, trace secrets or read configuration are not passed on."""
    names = (
        *("GIT_SSH", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_TRACE_CURL", "GIT_CONFIG_SYSTEM"),
        *("GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_EXEC_PATH", "GIT_DIR", "GIT_OBJECT_DIRECTORY"),
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "LD_PRELOAD", "GIT_SSL_NO_VERIFY", "GIT_TEMPLATE_DIR", "EDITOR"),
    )
    bad = dict.fromkeys(names, "touch pwned")
    inherited = {**bad, "PATH": "/usr/bin", "HOME": "/home/x", "SSH_AUTH_SOCK": "/run/agent"}
    for url, scheme in (("https://h/x", "https"), ("ssh://h/x", "ssh"), ("git@h:x", "ssh"), ("/srv/x", "file")):
        made = environment(GitRepository.model_validate(url), tmp_path / "config", inherited)
        assert not any("pwned" in value for value in made.values())
        assert made["GIT_ALLOW_PROTOCOL"] == scheme
        assert made["GIT_CONFIG_GLOBAL"] == str(tmp_path / "config")
        assert ("SSH_AUTH_SOCK" in made) == (scheme != "file")
        assert ("GIT_SSH_COMMAND" in made) == (scheme == "ssh")
        assert made["GIT_TERMINAL_PROMPT"] == "0"


async def test_git_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the fix."""
    world = Repository(tmp_path)
    world.change({"a": 1})
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    source = world.source()
    async with Listener().running(source):
        await eventually(lambda: bool(source.status.errors))
    assert "install it" in source.status.errors[0]
