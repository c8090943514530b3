"""The rules of Telemetry."""

from __future__ import annotations

import pytest

from tests.schemas.builders import SELECTOR, Content, errors, faults, found, target

PROMETHEUS = [{"name": "prometheus"}]


def metrics(*overrides: Content, **more: object) -> Content:
    """Overrides of metrics."""
    return {"metrics": [{"overrides": list(overrides), **more}]}


def tags(**operations: object) -> Content:
    """Overrides of tags."""
    return metrics({"tagOverrides": operations})


def tracing(**fields: object) -> Content:
    """One tracer."""
    return {"tracing": [fields]}


def tag(**where: object) -> Content:
    """A tag of spans."""
    return tracing(customTags={"t": where})


def logging(**fields: object) -> Content:
    """One access log."""
    return {"accessLogging": [fields]}


FULL: Content = {
    **metrics(
        {"tagOverrides": {"method": {"value": "request.method"}}, "match": {"customMetric": "foo"}, "disabled": False},
        {"match": {"metric": "GRPC_REQUEST_MESSAGES", "mode": "SERVER"}, "disabled": True},
        {"tagOverrides": {"a": {"operation": "UPSERT", "value": "add"}, "b": {"operation": "REMOVE"}}},
        providers=PROMETHEUS,
        reportingInterval="5s",
    ),
    **logging(
        disabled=False,
        filter={"expression": "response.code >= 400"},
        match={"mode": "CLIENT"},
        providers=[{"name": "stdout"}, {"name": "otel"}],
    ),
    **tracing(
        providers=[{"name": "otlp"}],
        match={"mode": "CLIENT_AND_SERVER"},
        randomSamplingPercentage=54.54,
        useRequestIdForTraceSampling=True,
        disableSpanReporting=False,
        enableIstioTags=True,
        customTags={
            "env": {"environment": {"name": "NAME", "defaultValue": "default"}},
            "header": {"header": {"name": "x-name", "defaultValue": "default name"}},
            "literal": {"literal": {"value": "default literal"}},
            "path": {"formatter": {"value": "%REQ(:PATH)%"}},
        },
    ),
}


@pytest.mark.parametrize(
    "content",
    [
        {},
        FULL,
        {"selector": SELECTOR},
        {"targetRefs": [target()]},
        {"accessLogging": [{}]},
        tracing(randomSamplingPercentage=0),
        tracing(randomSamplingPercentage=100),
        logging(filter={"expression": "true"}),
    ],
)
def test_what_istio_takes_is_taken(content: Content) -> None:
    """No finding but that the kind has no effect yet."""
    assert found("Telemetry", content) == {("GLY0109", "kind")}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"selector": SELECTOR, "targetRefs": [target()]}, "spec.targetRefs"),
        (metrics(providers=[{"name": ""}]), "spec.metrics[0].providers[0].name"),
        (metrics({"match": {"customMetric": ""}}), "spec.metrics[0].overrides[0].match.customMetric"),
        (tags(foo={"operation": "UPSERT"}), "spec.metrics[0].overrides[0].tagOverrides.foo.value"),
        (tags(foo={}), "spec.metrics[0].overrides[0].tagOverrides.foo.value"),
        (tags(foo={"operation": "REMOVE", "value": "a"}), "spec.metrics[0].overrides[0].tagOverrides.foo.value"),
        (tracing(providers=[{"name": ""}]), "spec.tracing[0].providers[0].name"),
        (tag(literal={"value": ""}), "spec.tracing[0].customTags.t.literal.value"),
        (tag(header={"name": ""}), "spec.tracing[0].customTags.t.header.name"),
        (tag(environment={"name": ""}), "spec.tracing[0].customTags.t.environment.name"),
        (tag(formatter={"value": ""}), "spec.tracing[0].customTags.t.formatter.value"),
        (tracing(customTags={"": {"literal": {"value": "a"}}}), 'spec.tracing[0].customTags[""]'),
        (logging(providers=[{"name": ""}]), "spec.accessLogging[0].providers[0].name"),
        (logging(filter={"expression": "response.code >="}), "spec.accessLogging[0].filter.expression"),
        (logging(filter={}), "spec.accessLogging[0].filter.expression"),
    ],
)
def test_what_istio_refuses_is_an_error_at_its_place(content: Content, path: str) -> None:
    """Each rule of Istio's validation, with the path of what violates it."""
    assert errors("Telemetry", content) == {path}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ({"tracing": [{}, {}]}, "spec.tracing"),
        (tracing(providers=[{"name": "a"}, {"name": "b"}]), "spec.tracing[0].providers"),
        (metrics({"tagOverrides": {"": {"value": "a"}}}), 'spec.metrics[0].overrides[0].tagOverrides[""]'),
        ({"selector": {}}, "spec.selector"),
    ],
)
def test_what_istio_only_warns_of_is_a_warning(content: Content, path: str) -> None:
    """The object is taken all the same."""
    assert ("IST0133", path) in found("Telemetry", content)
    assert errors("Telemetry", content) == set()


@pytest.mark.parametrize(
    ("content", "code", "path", "hint"),
    [
        (tracing(randomSamplingPercentage=101), "GLY0103", "spec.tracing[0].randomSamplingPercentage", ""),
        (
            tag(literal={"value": "a"}, header={"name": "b"}),
            "GLY0105",
            "spec.tracing[0].customTags.t",
            "keep one of them",
        ),
        (
            metrics({"match": {"metric": "REQUEST_COUNTS"}}),
            "GLY0103",
            "spec.metrics[0].overrides[0].match.metric",
            "did you mean `REQUEST_COUNT`?",
        ),
        ({"accessLogs": []}, "GLY0101", "spec.accessLogs", "did you mean `accessLogging`?"),
        (logging(providers=[{}]), "GLY0104", "spec.accessLogging[0].providers[0].name", "add `name` (a string)"),
        (
            tags(a="REMOVE"),
            "GLY0102",
            "spec.metrics[0].overrides[0].tagOverrides.a",
            "write fields of it: operation, value",
        ),
    ],
)
def test_what_has_not_the_shape_of_the_kind_is_told(content: Content, code: str, path: str, hint: str) -> None:
    """Ranges, one-ofs, unknown and missing fields."""
    assert (code, path, hint) in [(one.code, one.path, one.hint) for one in faults("Telemetry", content)]
