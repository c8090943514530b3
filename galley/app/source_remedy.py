"""What to do about a source that is in trouble, by its kind and by what it says. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from galley.app.api.answers import SourceAnswer

_CERTIFICATE: Final = r"certificate|tls|\bca\b"
_AWAY: Final = r"reach|resolve|timed out|timeout|did not answer|refused|connect"

_REMEDIES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "files": (
        (r"inotify|watch", "raise fs.inotify.max_user_watches (sysctl); until then it looks every half second"),
        (r"denied|permitted", "let the server's user read {location}"),
        (r"no such", "is {location} mounted? until it is back, what it said is served"),
        (r"", "is {location} there, a directory, and readable for the server's user?"),
    ),
    "file": (
        (r"no such", "is {location} there? until it is back, what it said is served"),
        (r"", "let the server's user read {location}"),
    ),
    "git": (
        (r"git cannot be started|newer", "install git 2.32 or newer on the server's machine"),
        (r"host key", "add the server's key to known_hosts: `ssh-keyscan HOST`, and compare its fingerprint"),
        (
            r"authentication|publickey|\b40[13]\b|password|username|token",
            "check the token or key (git.repositories, token_file, ssh_key): it must read {location}, nothing more",
        ),
        (r"branch|tag\b", "name a branch or tag that exists: URL#BRANCH:PATH; `git ls-remote` lists them"),
        (r"no directory", "name a directory that the commit has: URL#BRANCH:PATH"),
        (r"is empty", "was {location} emptied by mistake? what it said is served until a commit comes"),
        (
            r"git\.max|more than|longer than",
            "raise the limit in the settings (git.timeout, git.max_bytes, git.max_files)",
        ),
        (r"may not be read|denied|ownership", "let the server's user read {location}"),
        (r"there is no|not found|\b404\b|does not exist", "is {location} spelt right, and still there?"),
        (_AWAY, "can this machine reach {location}? try `git ls-remote` as the server's user"),
        (_CERTIFICATE, "the server's certificate is not trusted here: add its CA to the system's"),
        (r"", "try `git ls-remote {location}` as the server's user"),
    ),
    "kubernetes": (
        (r"kubernetes-asyncio", "install the extra: pip install 'galley-mesh[kubernetes]'"),
        (r"\b403\b|forbidden", "the account may not list or watch that: apply the roles of compose/"),
        (r"\b401\b|unauthorized|expired", "renew the credentials in {location}; `kubectl get ns` with it must work"),
        (r"certificate|x509", "the API server's certificate does not fit the CA of {location}"),
        (_AWAY, "is the API server reachable from here? `kubectl get --raw /readyz` with {location}"),
        (r"", "`kubectl get --raw /readyz` with {location} must work, as the server's user"),
    ),
    "consul": (
        (
            r"\b403\b|\b401\b|acl|permission|token",
            "the token must be readable, and have `service:read` and `node:read` on everything that is to be seen",
        ),
        (r"leader", "Consul has no leader: `consul operator raft list-peers`"),
        (_CERTIFICATE, "check `ca`, `certificate` and `key` of sources.consul"),
        (r"", "is a Consul agent at {location}? `consul members`, `curl {location}/v1/status/leader`"),
    ),
    "nomad": (
        (r"\b403\b|\b401\b|acl|permission|token", "the token must be readable, and have `read-job` in each namespace"),
        (r"leader", "Nomad has no leader: `nomad operator raft list-peers`"),
        (_CERTIFICATE, "check `ca`, `certificate` and `key` of sources.nomad"),
        (r"", "is a Nomad agent at {location}? `nomad status`, `curl {location}/v1/status/leader`"),
    ),
    "kafka": (
        (r"does not exist", "make the topic, or name the right one (sources.kafka); who reads it must be allowed to"),
        (r"was not before", "was the topic deleted and made again? write everything to it once more"),
        (r"cannot be made|written to", "make the topic, and let the account write to it; or name none: verdicts: ''"),
        (r"cramjam", "pip install cramjam; or let producers, and compression.type of the topic, use gzip"),
        (r"used by others", "give the source a group of its own (sources.kafka.group)"),
        (r"groupauthorization", "let the account read the consumer group (sources.kafka.group)"),
        (r"authorization", "let the account describe and read the topic"),
        (r"sasl|user|password", "check kafka.sasl: the user, the mechanism, the first line of the password's file"),
        (_CERTIFICATE, "check kafka.tls: ca, certificate and key; do the brokers' names fit their certificates?"),
        (r"", "are the brokers of kafka.bootstrap there, and is what they advertise in reach? `galley doctor`"),
    ),
    "marathon": (
        (r"\b40[13]\b|token", "the account must be allowed to read all apps: check its user and token"),
        (_CERTIFICATE, "check `ca`, `certificate` and `key` of sources.marathon"),
        (r"", "is Marathon at {location}? `curl {location}/v2/info`"),
    ),
}
"""For each kind: what its errors say (an expression, in lower case), and what to do then; the first that fits."""


def source_remedy(source: SourceAnswer) -> str:
    """Return what to do about a source; nothing where all is well."""
    if source.state == "synced" and not source.errors:
        return ""
    if source.state == "waiting" and "another process" in source.detail:
        return "it has not said everything yet: ask the process that follows it, `galley sources --server HOST:PORT`"
    if source.state == "waiting" and not source.errors:
        return "it has not said everything yet; the first revision waits for it, sources.sync_timeout seconds at most"
    said = " ".join(source.errors).lower()
    remedies = _REMEDIES.get(source.kind, (("", "look at {location}"),))
    remedy = next(remedy for pattern, remedy in remedies if re.search(pattern, said))
    return remedy.replace("{location}", source.location)
