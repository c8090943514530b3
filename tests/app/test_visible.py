"""Text from outside, on a terminal: status, tables and refusals."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galley.app.api.answers import RefusalAnswer
from galley.app.cli.printing import print_refusals, print_table
from galley.app.cli.visible import visible

_EVIL = "a\x1b[2J\x9b1m\r\nforged\u202e"


@given(st.text())
def test_what_is_shown_has_no_control_characters(text: str) -> None:
    """Whatever comes in; and what is harmless stays as it is."""
    shown = visible(text)
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert visible(shown) == shown


def test_tables_and_refusals_show_what_proxies_say(capsys: pytest.CaptureFixture[str]) -> None:
    """A node's id and an Envoy's words are the proxy's; a reason of several lines stays so, indented."""
    print_table(("NODE",), [(_EVIL,)])
    print_refusals([RefusalAnswer(node=_EVIL, type="cds", name=_EVIL, reason="one\ntwo\x1b[0m", objects=[])])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == visible(_EVIL)
    assert lines[-2:] == ["    one", r"    two\x1b[0m"]
    assert not [line for line in lines if line.startswith("forged")]
