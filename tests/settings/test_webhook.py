"""What the webhook's settings refuse."""

from __future__ import annotations

import pytest

from galley.settings.load import BadSettings, load_settings


def test_where_the_proof_is_asked_for_stays_asked_about() -> None:
    """A cluster that does not ask about that namespace could never be found to ask us."""
    with pytest.raises(BadSettings, match="default may not be excluded"):
        load_settings(None, {}, ["webhook.excluded_namespaces=kube-system,default"], {})
