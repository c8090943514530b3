"""Profiles of hypothesis, and suites whose assertions pytest explains; data come from builders beside the tests.

Tests draw the same examples every time, so that a first run on any machine means what it says;
`HYPOTHESIS_PROFILE=explore` draws new ones, to find more. Neither counts a slow machine as a fault.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.sources.contract", "tests.sources.listener")

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
