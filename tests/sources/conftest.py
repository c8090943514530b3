"""Lets pytest explain the assertions of the suite that every source passes."""

import pytest

pytest.register_assert_rewrite("tests.sources.contract", "tests.sources.listener")
