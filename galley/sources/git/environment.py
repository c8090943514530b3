"""What a `git` process is told by its environment: configuration that nobody else can add to, and secrets. Pure.

Theory of operation. The system's and the user's own configuration are not read: `GIT_CONFIG_GLOBAL` is a file of ours
(`configuration`), which also reaches the `upload-pack` that git runs in a repository on this machine's disk. Only the
one protocol that the repository was named by is allowed, so that no redirect, submodule or promisor leads elsewhere.
Nothing is inherited but what finds programs, keys, certificates and proxies. A secret is in the environment, where only
the same user sees it; never among the arguments.
"""

from __future__ import annotations

import base64
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from galley.settings.git import GitRepository

_INHERITED: Final = ("PATH", "TMPDIR", "SYSTEMROOT")
_NETWORK: Final = (
    *("HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO"),
    *("http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
)
_USER: Final = "galley"
"""The user name beside a token where none is set; GitHub, GitLab and Gitea take any."""

FIXED: Final = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
}
"""What every git of ours is told: ask nothing, run nothing, replace nothing, fetch nothing unasked."""

_SETTINGS: Final = (
    ("core", "hooksPath", "/dev/null"),
    ("core", "fsmonitor", "false"),
    ("core", "untrackedCache", "false"),
    ("core", "bigFileThreshold", "16m"),
    ("core", "fsync", "none"),  # what is lost with a crash is fetched again
    ("credential", "helper", ""),
    ("fetch", "fsckObjects", "true"),
    ("fetch", "recurseSubmodules", "false"),
    ("fetch", "writeCommitGraph", "false"),
    ("transfer", "fsckObjects", "true"),
    ("transfer", "bundleURI", "false"),
    ("submodule", "recurse", "false"),
    ("gc", "auto", "0"),
    ("maintenance", "auto", "false"),
    ("pack", "threads", "1"),
    ("protocol", "version", "2"),
    ("http", "followRedirects", "false"),
    ("http", "lowSpeedLimit", "1000"),
    ("http", "lowSpeedTime", "20"),
    ("http", "emptyAuth", "false"),
)

_HARMLESS: Final = ("zeroPaddedFilemode", "badTimezone")
"""What old tools wrote into many repositories, and misleads nobody."""

_SSH: Final = (
    *("BatchMode=yes", "ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=3"),
    *("ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no"),
    *("UpdateHostKeys=no", "RequestTTY=no"),
)
"""Options of ssh: nothing is asked, nothing is forwarded, a dead peer is noticed."""


def configuration(safe: tuple[Path, ...]) -> str:
    """Return the text of the configuration file; `safe` are the repositories that others may own."""
    lines = [f'[{section}]\n\t{name} = "{value}"' for section, name, value in _SETTINGS]
    lines += [f'[fetch "fsck"]\n\t{name} = ignore' for name in _HARMLESS]
    lines += [f"[safe]\n\tdirectory = {_quoted(str(path))}" for path in safe]
    return "\n".join(lines) + "\n"


def environment(
    repository: GitRepository, config: Path, inherited: Mapping[str, str], secret: str = ""
) -> dict[str, str]:
    """Return the environment of git's processes for a repository; `config` is the file with `configuration`."""
    network = repository.scheme != "file"
    names = _INHERITED + _NETWORK if network else _INHERITED
    made = {name: inherited[name] for name in names if inherited.get(name)}
    made |= FIXED
    made |= {
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_ALLOW_PROTOCOL": repository.scheme,
        "GIT_CEILING_DIRECTORIES": str(config.parent),
    }
    if repository.scheme == "ssh":
        made |= {"GIT_SSH_COMMAND": ssh_command(repository), "GIT_SSH_VARIANT": "ssh"}
    if repository.ca_file is not None:
        made["GIT_SSL_CAINFO"] = str(repository.ca_file.expanduser().absolute())
    if secret:
        made |= _credentials(repository, secret)
    return made


def ssh_command(repository: GitRepository) -> str:
    """Return the command by which git runs ssh: the user's own configuration and agent, and the keys that are set."""
    words = ["ssh", *(f"-o{option}" for option in _SSH)]
    if repository.ssh_key is not None:
        words += ["-oIdentitiesOnly=yes", "-i", str(repository.ssh_key.expanduser().absolute())]
    if repository.known_hosts is not None:
        hosts = repository.known_hosts.expanduser().absolute()
        words += ["-oStrictHostKeyChecking=yes", f'-oUserKnownHostsFile="{hosts}"', "-oGlobalKnownHostsFile=/dev/null"]
    return shlex.join(words)


def header_of(user: str, secret: str) -> str:
    """Return the header that carries a token or password."""
    pair = f"{user or _USER}:{secret}".encode()
    return f"Authorization: Basic {base64.b64encode(pair).decode()}"


def _credentials(repository: GitRepository, secret: str) -> dict[str, str]:
    """Send the secret to this host alone."""
    split = urlsplit(repository.url)
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{split.scheme}://{split.netloc}/.extraHeader",
        "GIT_CONFIG_VALUE_0": header_of(repository.user, secret),
    }


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
