"""Formats that Envoy would refuse count as none, so that a slip of the pen closes no listener."""

from __future__ import annotations

import pytest

from proxy.translate.access_log_file import default_format
from proxy.translate.access_log_format import BARE, NAMED, TIMED, UNCUT, is_log_format

REFUSED = (
    "%NOPE%",
    "100%",
    "%REQ()%",
    "%REQ(a?b?c)%",
    "%FILTER_STATE(a:NOPE)%",
    "%DURATION(1)%",
    "%UPSTREAM_METADATA(a):3%",
    "%START_TIME(%Y):3%",
)
TAKEN = (
    "",
    "plain\n",
    "%%",
    "%REQ(:METHOD)% %REQ(X-A?:PATH):10%",
    "[%START_TIME(%Y/%m/%dT%H:%M:%S%z)%]",
    "%FILTER_STATE(a:PLAIN)%",
    "%DYNAMIC_METADATA(ns:key):5%",
)


@pytest.mark.parametrize("form", REFUSED)
def test_what_envoy_refuses_is_none(form: str) -> None:
    """Alone, and inside an object."""
    assert not is_log_format(form)
    assert not is_log_format({"a": {"b": form}})
    assert default_format(form, "TEXT") == default_format("", "TEXT")


@pytest.mark.parametrize("form", TAKEN)
def test_what_envoy_takes_is_kept(form: str) -> None:
    """Whatever the command's parameters are."""
    assert is_log_format(form)
    assert not form or default_format(form, "TEXT") == form


def test_the_default_formats_are_formats() -> None:
    """In text and in JSON; so is JSON of one's own."""
    assert is_log_format(default_format("", "TEXT"))
    assert is_log_format(default_format("", "JSON"))
    assert default_format('{"a": "%DURATION%"}', "JSON") == {"a": "%DURATION%"}
    assert default_format('{"a": "%NOPE%"}', "JSON") == default_format("", "JSON")
    assert default_format("no object", "JSON") == default_format("", "JSON")


def test_no_command_is_of_two_kinds() -> None:
    """But for those that take a format of times or none."""
    assert not BARE & (NAMED | UNCUT)
    assert not TIMED & (NAMED | UNCUT)
