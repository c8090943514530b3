"""The report: what is wrong, what is held and what is served instead, from the state alone."""

from __future__ import annotations

from pipeline.model.batch import Entry
from pipeline.model.change import Change, Faulted
from pipeline.model.codes_stage import CONFLICT
from pipeline.model.diagnostic import Diagnostic, Severity
from pipeline.stages.report import diagnostics, held
from pipeline.stages.state import State
from pipeline.stages.step import step
from tests.pipeline.builders import batch, key, origin, policy, upsert


def after(*batches: tuple[Change, ...]) -> State:
    """Return the state after these batches."""
    state = State()
    for number, said in enumerate(batches, start=1):
        step(state, Entry(sequence=number, batches=(batch(*said),)), policy())
    return state


def syntax(file: str, line: int = 3) -> Diagnostic:
    """Return what a file that cannot be parsed gives."""
    return Diagnostic(code="GLY0001", severity=Severity.ERROR, message="no", origin=origin(file, line))


def test_a_held_object_names_what_is_served_instead() -> None:
    """It is the revision that last changed the good version; none where there never was one."""
    state = after((upsert("a"), upsert("x")), (upsert("b"),), (upsert("a", "bad"), upsert("c", "bad")))
    assert [(one.key, one.serving) for one in held(state)] == [(key("a"), 1), (key("c"), 0)]
    assert [one.diagnostics[0].code for one in held(state)] == ["IST0106", "IST0106"]
    assert [found.key for found in diagnostics(state)] == [key("a"), key("c")]


def test_a_file_that_cannot_be_read_holds_all_its_objects() -> None:
    """They are served on, and named with the file's diagnostics; read again, nothing is held."""
    at = origin("f.yaml")
    fault = Faulted(origin=at, diagnostics=(syntax("f.yaml"),))
    state = after((upsert("a", at=at), upsert("b", at=at)), (fault,))
    assert [(one.key, one.serving, one.diagnostics[0].code) for one in held(state)] == [
        (key("a"), 1, "GLY0001"),
        (key("b"), 1, "GLY0001"),
    ]
    assert sorted(state.mesh) == [key("a"), key("b")]
    step(state, Entry(sequence=3, batches=(batch(Faulted(origin=at)),)), policy())
    assert held(state) == ()
    assert diagnostics(state) == ()


def test_a_file_that_can_be_read_in_part_holds_what_was_not_found_in_it() -> None:
    """Objects that were read again are served as they are, and not held."""
    at = origin("f.yaml")
    fault = Faulted(origin=at, diagnostics=(syntax("f.yaml"),), held=(key("b"),))
    state = after((upsert("a", at=at), upsert("b", at=at)), (fault, upsert("a", 2, at=at)))
    assert [one.key for one in held(state)] == [key("b")]


def test_a_conflict_names_both_places() -> None:
    """The weaker place is told, and shown the stronger, by the sources' precedence."""
    state = after((upsert("a", at=origin("one.yaml")), upsert("a", 2, at=origin("two.yaml", 7, "git"))))
    (found,) = diagnostics(state)
    assert (found.code, found.origin.source, found.related[0].origin.source) == (CONFLICT, "git", "files")
    assert "one.yaml" in found.message
    (found,) = diagnostics(state, policy(precedence=("git",)))
    assert (found.origin.source, found.related[0].origin.source) == ("files", "git")


def test_diagnostics_are_in_the_order_of_files_and_lines() -> None:
    """File by file, line by line; each once."""
    state = after(
        (
            upsert("b", "bad", at=origin("b.yaml", 9)),
            upsert("a", "bad", at=origin("b.yaml", 2)),
            upsert("c", "bad", at=origin("a.yaml", 5)),
            Faulted(origin=origin("b.yaml"), diagnostics=(syntax("b.yaml", 4), syntax("b.yaml", 4))),
        )
    )
    assert [(one.origin.file, one.origin.line) for one in diagnostics(state)] == [
        ("a.yaml", 5),
        ("b.yaml", 2),
        ("b.yaml", 4),
        ("b.yaml", 9),
    ]
