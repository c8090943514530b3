"""Profiles of hypothesis, and nothing else: data come from builders beside the tests that use them.

Continuous integration draws the same examples every time; at a desk they differ from run to run, so that more of them
are seen. Neither counts a slow machine as a fault.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if os.environ.get("CI") else "desk")
