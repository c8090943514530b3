"""Long work says how far it is, where somebody watches."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.app.commands import entry, galley


def test_offline_commands_say_how_far_they_are_on_a_terminal(tmp_path: Path) -> None:
    """One line on standard error, cleared at the end; nothing where there is no terminal."""
    (tmp_path / "a.yaml").write_text(entry("a"), encoding="utf-8")
    for words in (["validate", str(tmp_path)], ["xds", str(tmp_path), "--node", "x"]):
        ours, theirs = pty.openpty()
        try:
            subprocess.run([sys.executable, "-m", "galley.app", *words], stderr=theirs, check=True, timeout=60)
            said = os.read(ours, 65536).decode()
        finally:
            os.close(theirs)
            os.close(ours)
        assert "reading" in said
        assert "checking all 1" in said
        assert "\r\x1b[K" in said
        assert "reading" not in galley(*words).err
