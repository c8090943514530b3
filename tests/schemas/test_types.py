"""Durations, paths, suggestions, and the content of Kubernetes kinds."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.check import check
from schemas.identity import check_identity
from schemas.json_name import json_name
from schemas.kinds.kube_pod import Pod
from schemas.kinds.kube_service import Service
from schemas.path import join
from schemas.suggest import did_you_mean
from schemas.types.duration import format_duration, parse_duration
from tests.schemas.builders import Content, faults, kind


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1.5s", 1_500_000),
        ("500ms", 500_000),
        ("1h30m", 5_400_000_000),
        ("0", 0),
        ("0s", 0),
        (".5s", 500_000),
        ("-1s", -1_000_000),
        ("10us", 10),
        ("1", None),
        ("1d", None),
        ("", None),
        ("s", None),
        ("1e3s", None),
        ("999999999h", None),
        ("1s" * 40, None),
    ],
)
def test_durations_are_those_of_go(text: str, microseconds: int | None) -> None:
    """Also those of protojson, which are a part of them."""
    expected = None if microseconds is None else timedelta(microseconds=microseconds)
    assert parse_duration(text) == expected


@given(st.timedeltas(min_value=timedelta(days=-1000), max_value=timedelta(days=1000)))
def test_a_duration_that_is_written_is_read_again(value: timedelta) -> None:
    """The form is protojson's: seconds with a fraction."""
    assert parse_duration(format_duration(value)) == value


def test_names_of_fields_are_those_of_protojson() -> None:
    """A letter after an underscore is a capital, a digit stays."""
    assert json_name("consecutive_5xx_errors") == "consecutive5xxErrors"
    assert json_name("http1_max_pending_requests") == "http1MaxPendingRequests"


def test_paths_quote_what_is_no_plain_name() -> None:
    """Keys with dots stand in brackets."""
    assert join("spec", "http", 0, "headers", 'x."y') == 'spec.http[0].headers["x.\\"y"]'


def test_suggestions_are_near_or_none() -> None:
    """Spelling conventions are recognised; a name that is like nothing gets no suggestion."""
    assert "`corsPolicy`" in did_you_mean("cors_policy", ["corsPolicy", "headers"])
    assert did_you_mean("hearders", ["corsPolicy", "headers"]) == "did you mean `headers`?"
    assert did_you_mean("zzz", ["corsPolicy"]) == ""
    assert did_you_mean("x" * 10_000, ["corsPolicy"]) == ""


def test_kubernetes_objects_are_read_as_far_as_they_matter() -> None:
    """Fields that we do not read are let through, whatever they are."""
    content = {
        "clusterIP": "None",
        "clusterIPs": ["None"],
        "ports": [{"port": 80, "targetPort": "http"}],
        "new": {"x": 1},
    }
    service, faults = check(kind("Service"), orjson.dumps(content))
    assert faults == ()
    assert isinstance(service, Service)
    assert (service.cluster_ip, service.ports[0].target_port) == ("None", "http")
    pod, faults = check(kind("Pod"), b'{"spec":{"nodeName":"n"},"status":{"podIP":"10.0.0.1","hostIP":"10.0.0.2"}}')
    assert faults == ()
    assert isinstance(pod, Pod)
    assert pod.status is not None
    assert pod.status.pod_ip == "10.0.0.1"
    assert [fault.code for fault in check(kind("Service"), b'{"ports":[{"port":"80"}]}')[1]] == ["GLY0102"]


@pytest.mark.parametrize(
    ("name", "content", "path"),
    [
        ("Service", {"ports": [{"port": 99999}]}, "spec.ports[0].port"),
        ("Service", {"ports": [{"port": 0}]}, "spec.ports[0].port"),
        ("Service", {"ports": [{"port": 80, "targetPort": 70000}]}, "spec.ports[0].targetPort"),
        (
            "Pod",
            {"spec": {"containers": [{"ports": [{"containerPort": -1}]}]}},
            "spec.containers[0].ports[0].containerPort",
        ),
        ("EndpointSlice", {"ports": [{"port": 65536}]}, "ports[0].port"),
    ],
)
def test_a_port_of_a_kubernetes_kind_is_one(name: str, content: Content, path: str) -> None:
    """From a file, nobody else has checked it; a proxy would refuse what is made of it."""
    assert [fault.path for fault in faults(name, content)] == [path]


def test_a_target_port_may_be_left_to_the_port() -> None:
    """As 0 or as nothing, as in Kubernetes; or be a name."""
    for target in (0, "", "http", 8080, 65535):
        assert not faults("Service", {"ports": [{"port": 80, "targetPort": target}]})


@pytest.mark.parametrize(
    ("word", "name", "annotations", "paths"),
    [
        ("VirtualService", "a.b", {}, []),
        ("Gateway", "a.b", {}, ["metadata.name"]),
        ("VirtualService", "a", {"istio.io/dry-run": "true"}, ['metadata.annotations["istio.io/dry-run"]']),
        ("AuthorizationPolicy", "a", {"istio.io/dry-run": "true"}, []),
        ("Service", "a.b", {"istio.io/dry-run": "true"}, []),
    ],
)
def test_names_and_annotations_are_what_istio_takes(
    word: str, name: str, annotations: dict[str, str], paths: list[str]
) -> None:
    """Gateways without dots, dry runs of policies only; Kubernetes' own objects are not asked."""
    assert [fault.path for fault in check_identity(kind(word), name, annotations)] == paths
