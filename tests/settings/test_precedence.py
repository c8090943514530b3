"""The setting `sources.precedence`: names and rules, wherever settings come from; its errors say the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from galley.app.policy import precedence_of
from galley.settings.load import BadSettings, load_settings
from pipeline.stages.precedence import Precedence, PrecedenceRule

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
sources:
  precedence:
    - {namespaces: [team-*], order: [git]}
    - {kinds: ServiceEntry, hosts: ["*.Payments.example", "*"], order: "consul,kubernetes"}
    - kubernetes
    - git
"""


def test_names_and_rules_from_a_file(tmp_path: Path) -> None:
    """Rules stand in their order, names beside them are the order for all; hosts are in lower case."""
    file = tmp_path / "galley.yaml"
    file.write_text(FILE)
    assert precedence_of(load_settings(file, {}, (), {})) == Precedence(
        order=("kubernetes", "git"),
        rules=(
            PrecedenceRule(order=("git",), namespaces=("team-*",)),
            PrecedenceRule(order=("consul", "kubernetes"), kinds=("ServiceEntry",), hosts=("*.payments.example", "*")),
        ),
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("git,files", Precedence(order=("git", "files"))),
        ("[git, files]", Precedence(order=("git", "files"))),
        ("{order: [git]}", Precedence(rules=(PrecedenceRule(order=("git",)),))),
        (
            '[{hosts: ["*.a.example"], order: [git]}, files]',
            Precedence(order=("files",), rules=(PrecedenceRule(order=("git",), hosts=("*.a.example",)),)),
        ),
    ],
)
def test_a_flag_and_the_environment_say_the_same(said: str, expected: Precedence) -> None:
    """Names with commas between, or YAML, in `--set` as in `GALLEY_SOURCES__PRECEDENCE`."""
    assert precedence_of(load_settings(None, {}, [f"sources.precedence={said}"], {})) == expected
    assert precedence_of(load_settings(None, {"GALLEY_SOURCES__PRECEDENCE": said}, (), {})) == expected


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("[{kinds: [Service]}]", "order: Field required"),
        ("[{order: []}]", "at least 1 item"),
        ("[{order: [git, git]}]", "git stands there twice"),
        ("[{order: [git], kind: Service}]", "kind: there is no such setting"),
        ("[{order: [git], kinds: [service]}]", "write it as documents do, such as ServiceEntry"),
        ("[{order: [git], namespaces: [Team]}]", "such as team-*"),
        ("[{order: [git], hosts: [reviews]}]", "such as reviews.default.svc.cluster.local"),
        ("[{order: [git], hosts: [a.*]}]", "write it in full"),
        ("[7]", "write a source's name, or a rule"),
        ("['']", "an empty text is no source's name"),
    ],
)
def test_what_is_wrong_is_named_with_the_way_out(said: str, words: str) -> None:
    """The error has the place in the settings and what to write there."""
    with pytest.raises(BadSettings) as refused:
        load_settings(None, {}, [f"sources.precedence={said}"], {})
    assert words in str(refused.value)
    assert str(refused.value).startswith("sources.precedence.0")
