"""What is secret stays so: in history, in what is printed, in what is logged, and on disk."""

from __future__ import annotations

import base64
import stat
from typing import TYPE_CHECKING

from tests.app.commands import galley
from tests.app.live import running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

WORD = "OPENSESAME"
CODED = base64.b64encode(f"-----BEGIN PRIVATE KEY {WORD}".encode()).decode()
CHAIN = "-----BEGIN CERTIFICATE"
SECRET = f"""apiVersion: v1
kind: Secret
metadata:
  name: cert
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{{"data":{{"tls.key":"{CODED}"}}}}'
type: kubernetes.io/tls
data: {{tls.crt: {base64.b64encode(CHAIN.encode()).decode()}, tls.key: {CODED}}}
"""
GATEWAY = """---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw}
spec:
  selector: {app: gw}
  servers:
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: [a.example]
    tls: {mode: SIMPLE, credentialName: cert}
"""


async def test_nothing_that_is_asked_shows_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not the difference between revisions, nor status, diagnostics, events or the log, nor the modes of its files."""
    async with running(tmp_path) as live:
        (live.files / "a.yaml").write_text(SECRET)
        status = await live.until("/api/v1/status", lambda status: status["sources"][0]["objects"] == 1)
        (live.files / "a.yaml").write_text(SECRET.replace("cert\n", "other\n").replace("kubernetes.io/tls", "[bad"))
        await live.until("/api/v1/status", lambda status: bool(status["held"]))
        asked = [f"/api/v1/diff?a=0&b={status['revision']}", "/api/v1/status", "/api/v1/diagnostics"]
        said = [(await live.http.get(path)).text for path in asked]
        assert "Secret default/cert" in said[0]
        printed = capsys.readouterr()
        for text in (*said, printed.out, printed.err):
            assert WORD not in text
            assert CODED not in text
        files = [path for path in live.data.iterdir() if path.name.startswith("galley.db")]
        assert files
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_what_a_proxy_would_be_sent_is_printed_without_keys(tmp_path: Path) -> None:
    """The certificate is shown, its key is not."""
    (tmp_path / "a.yaml").write_text(SECRET + GATEWAY)
    node = ("--node", "router~10.0.0.1~gw.default~default.svc.cluster.local", "--metadata", '{"LABELS": {"app": "gw"}}')
    ran = galley("xds", tmp_path, *node)
    assert WORD not in ran.out
    (secret,) = ran.json["sds"]
    assert secret["tlsCertificate"]["certificateChain"]["inlineString"] == CHAIN
    assert secret["tlsCertificate"]["privateKey"]["inlineString"] == "[redacted]"
