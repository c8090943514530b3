"""A name that says nothing is found, wherever it stands; a term of the field keeps its name."""

from pathlib import Path

import pytest

from tests.house.check_names import check, forbidden_word
from tests.house.tree import Tree


@pytest.mark.parametrize("name", ["utils", "xds_helpers", "BaseSource", "SnapshotManager", "common", "HTTPUtil"])
def test_an_empty_name_is_found(name: str) -> None:
    """A forbidden word is found in either case style, at any place of the name."""
    assert forbidden_word(name)


@pytest.mark.parametrize("name", ["http_connection_manager", "HttpConnectionManager", "baseline", "database", "base64"])
def test_a_term_of_the_field_is_not(name: str) -> None:
    """Envoy's own terms, and words that only begin alike, are no fault."""
    assert forbidden_word(name) is None


def test_files_folders_and_classes_are_read(tmp_path: Path) -> None:
    """The check reads the parts of paths and the names of classes."""
    files = {"proxy/utils/a.py": "", "sinks/helpers.py": "", "mixer/b.py": "x = 1\n\nclass RuleManager:\n    pass\n"}
    found = check(Tree.planted(tmp_path, files))
    assert {(finding.path, finding.line) for finding in found} == {
        ("proxy/utils/a.py", 1),
        ("sinks/helpers.py", 1),
        ("mixer/b.py", 3),
    }
