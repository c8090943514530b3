"""What people read when something is refused, or warned of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from galley.app.webhook.wording import ALL_WARNINGS, LONGEST_WARNING, refusal, warnings
from pipeline.model.diagnostic import Diagnostic, Related, Severity
from pipeline.model.key import Key
from pipeline.model.origin import Origin

ONE = Key("VirtualService", "shop", "a")
OTHER = Key("VirtualService", "shop", "b")


def _found(message: str, hint: str = "") -> Diagnostic:
    related = (Related(origin=Origin(source="kubernetes"), key=OTHER, note="also claims the host"),)
    return Diagnostic(
        code="IST0109",
        severity=Severity.ERROR,
        message=message,
        origin=Origin(source="kubernetes"),
        key=ONE,
        path="spec.hosts[0]",
        hint=hint,
        related=related,
    )


def test_a_refusal_names_both_objects_the_field_and_the_way_out() -> None:
    """In lines, as `galley validate` prints them."""
    assert refusal([_found("The host is claimed twice", "merge them")]) == (
        "configuration is invalid: 1 error\n"
        "error IST0109: The host is claimed twice (VirtualService shop/a, spec.hosts[0])\n"
        "    VirtualService shop/b: also claims the host\n"
        "    hint: merge them"
    )


def test_a_refusal_has_an_end() -> None:
    """A hundred errors help nobody at once."""
    text = refusal([_found("x" * 100_000) for _ in range(100)])
    assert text.endswith("and 80 more; galley validate shows all")
    assert len(text) < 30_000


@given(st.lists(st.text(max_size=600), max_size=60))
def test_warnings_keep_to_kubernetes_rules(messages: list[str]) -> None:
    """Each at most 256 bytes on one line, all of them at most 4,096, and how many are left out is said."""
    told = warnings([_found(message) for message in messages])
    assert all(len(one.encode(errors="surrogatepass")) <= LONGEST_WARNING for one in told)
    assert all(one.isprintable() or not any(ord(char) < 32 for char in one) for one in told)
    assert sum(len(one.encode(errors="surrogatepass")) for one in told) <= ALL_WARNINGS
    assert bool(told) == bool(messages)
