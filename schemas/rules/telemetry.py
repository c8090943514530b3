"""Rules of Telemetry. Pure. Source: Istio's `ValidateTelemetry`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.cel import cel_problem
from schemas.fault import Fault, invalid, warned
from schemas.kinds.telemetry import AccessLogging, CustomTag, Metrics, MetricsOverrides, ProviderRef, Telemetry, Tracing
from schemas.path import join
from schemas.rules.policy_target import check_policy_target


def check_telemetry(telemetry: Telemetry, path: str, namespace: str) -> Iterator[Fault]:
    """A target, providers with names, tags and filters that can be computed."""
    del namespace
    yield from check_policy_target(telemetry, path)
    for index, metrics in enumerate(telemetry.metrics):
        yield from _check_metrics(metrics, f"{path}.metrics[{index}]")
    if len(telemetry.tracing) > 1:
        yield warned(f"{path}.tracing", "several tracers do not work yet: the first one counts")
    for index, tracing in enumerate(telemetry.tracing):
        yield from _check_tracing(tracing, f"{path}.tracing[{index}]")
    for index, logging in enumerate(telemetry.access_logging):
        yield from _check_logging(logging, f"{path}.accessLogging[{index}]")


def _check_providers(providers: Sequence[ProviderRef], path: str) -> Iterator[Fault]:
    for index, provider in enumerate(providers):
        if not provider.name:
            yield invalid(f"{path}.providers[{index}].name", "the name of a provider must not be empty")


def _check_metrics(metrics: Metrics, path: str) -> Iterator[Fault]:
    yield from _check_providers(metrics.providers, path)
    for index, override in enumerate(metrics.overrides):
        yield from _check_override(override, f"{path}.overrides[{index}]")


def _check_override(override: MetricsOverrides, path: str) -> Iterator[Fault]:
    for name, tag in override.tag_overrides.items():
        where = join(f"{path}.tagOverrides", name)
        if not name:
            yield warned(where, "the name of a tag should not be empty")
        if tag.operation == "UPSERT" and not tag.value:
            yield invalid(f"{where}.value", "a value is needed to set the tag", "use `operation: REMOVE` to remove it")
        if tag.operation == "REMOVE" and tag.value:
            yield invalid(f"{where}.value", "a tag that is removed has no value")
    if override.match is not None and override.match.custom_metric == "":
        yield invalid(f"{path}.match.customMetric", "the name of a metric must not be empty")


def _check_tracing(tracing: Tracing, path: str) -> Iterator[Fault]:
    if len(tracing.providers) > 1:
        yield warned(f"{path}.providers", "several providers do not work yet: the first one counts")
    yield from _check_providers(tracing.providers, path)
    for name, tag in tracing.custom_tags.items():
        where = join(f"{path}.customTags", name)
        if not name:
            yield invalid(where, "the name of a tag must not be empty")
        yield from _check_tag(tag, where)


def _check_tag(tag: CustomTag, path: str) -> Iterator[Fault]:
    for name, content in (
        ("literal.value", tag.literal and tag.literal.value),
        ("environment.name", tag.environment and tag.environment.name),
        ("header.name", tag.header and tag.header.name),
        ("formatter.value", tag.formatter and tag.formatter.value),
    ):
        if content == "":
            yield invalid(f"{path}.{name}", "must not be empty")


def _check_logging(logging: AccessLogging, path: str) -> Iterator[Fault]:
    if logging.filter is not None and (problem := cel_problem(logging.filter.expression)):
        yield invalid(f"{path}.filter.expression", problem)
    yield from _check_providers(logging.providers, path)
