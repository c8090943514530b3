"""What to do about a source that is in trouble, by its kind and by what it says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from galley.app.api.answers import SourceAnswer

_REMEDIES: Final[dict[str, tuple[tuple[tuple[str, ...], str], ...]]] = {
    "files": (
        (("inotify", "watches"), "raise fs.inotify.max_user_watches (sysctl); until then it looks every half second"),
        (("denied", "permission"), "let the server's user read {location}"),
        (("no such", "not exist", "vanished"), "is {location} mounted? until it is back, what it said is served"),
        ((), "look at {location}: is it there, a directory, and readable for the server's user?"),
    ),
    "file": (
        (("no such",), "is {location} there? until it is back, what it said is served"),
        ((), "let the server's user read {location}"),
    ),
    "git": (
        (("host key",), "add the server's key to known_hosts: `ssh-keyscan HOST`, and compare its fingerprint"),
        (
            ("authentication", "permission denied", "publickey", "401", "403", "password", "username"),
            "check the token or key of sources.git (token_file, ssh_key): it needs to read {location}, nothing more",
        ),
        (
            ("not found", "404", "does not exist", "no such"),
            "is {location} spelt right: URL#BRANCH:PATH? does the branch exist?",
        ),
        (
            ("resolve", "timed out", "timeout", "refused", "unreachable", "connect"),
            "can this machine reach {location}? try `git ls-remote`",
        ),
        (("certificate", "tls", "ssl"), "the server's certificate is not trusted here: add its CA to the system's"),
        (("git program", "not installed"), "install git on the server's machine"),
        ((), "try `git ls-remote {location}` as the server's user"),
    ),
    "kubernetes": (
        (("kubernetes-asyncio", "kubernetes_asyncio"), "install the extra: pip install 'galley[kubernetes]'"),
        (
            ("403", "forbidden"),
            "the account may not list or watch: apply the roles of compose/; `kubectl auth can-i list services -A`",
        ),
        (
            ("401", "unauthorized", "token", "expired"),
            "renew the credentials in the kubeconfig: `kubectl get ns` with it",
        ),
        (
            ("kubeconfig", "context", "in-cluster"),
            "name a kubeconfig (and context) that exists: --kubernetes FILE#CONTEXT",
        ),
        (("certificate", "tls", "ssl"), "the API server's certificate does not fit the kubeconfig's CA"),
        ((), "is the API server reachable from here? `kubectl --kubeconfig FILE get --raw /readyz`"),
    ),
    "consul": (
        (
            ("403", "forbidden", "acl", "permission"),
            "the token needs `service:read` and `node:read` on everything that is to be seen",
        ),
        (("certificate", "tls", "ssl"), "name the CA of Consul's certificate in its settings"),
        (("leader", "500"), "Consul has no leader: `consul operator raft list-peers`"),
        ((), "is a Consul agent at {location}? `consul members`, `curl {location}/v1/status/leader`"),
    ),
    "nomad": (
        (("403", "forbidden", "acl", "permission"), "the token needs the policy `read-job` in each namespace"),
        (("certificate", "tls", "ssl"), "name the CA of Nomad's certificate in its settings"),
        ((), "is a Nomad agent at {location}? `nomad status`, `curl {location}/v1/status/leader`"),
    ),
    "marathon": (
        (("401", "403", "unauthorized", "forbidden"), "the account needs to read all apps: check its user and token"),
        (("certificate", "tls", "ssl"), "name the CA of Marathon's certificate in its settings"),
        ((), "is Marathon at {location}? `curl {location}/v2/info`"),
    ),
}


def source_remedy(source: SourceAnswer) -> str:
    """Return what to do about a source; nothing where all is well."""
    if source.state == "synced" and not source.errors:
        return ""
    if source.state == "waiting" and not source.errors:
        return "it has not said everything yet; the first revision waits for it, sources.sync_timeout seconds at most"
    said = " ".join(source.errors).lower()
    for words, remedy in _REMEDIES.get(source.kind, (((), "look at {location}"),)):
        if not words or any(word in said for word in words):
            return remedy.format(location=source.location)
    return f"look at {source.location}"
