"""A log that is a replica: what it is brought to is what it has, with its history where that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.log.sqlite import SqliteLog
from pipeline.stages.rows import mesh_rows
from pipeline.stages.state import State
from tests.pipeline.log_contract import Writer, check_kept, restored
from tests.pipeline.meshes import good_and_bad, histories

if TYPE_CHECKING:
    import pytest

    from pipeline.log.contract import Commit
    from pipeline.model.change import Change
    from pipeline.model.revision import Revision

FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)


class Replica:
    """A writer's log, and another that is brought to the same state in other ways."""

    def __init__(self, folder: pytest.TempPathFactory) -> None:
        path = folder.mktemp("replica")
        self.writer = Writer(SqliteLog(path / "writer"))
        self.log = SqliteLog(path / "replica")
        self.revisions: list[Revision] = []

    def enter(self, changes: list[Change]) -> Commit:
        """Make the writer step."""
        commit = self.writer.enter(*changes)
        if commit.revision is not None:
            self.revisions.append(commit.revision)
        return commit

    def extend(self, commit: Commit) -> None:
        """Tell the replica of one step."""
        state = self.writer.state
        touched = [] if commit.revision is None else commit.revision.changed
        rows = [row for row in commit.rows if row.table != "mesh"]
        moved = mesh_rows(state, state.mesh)
        revisions = () if commit.revision is None else (commit.revision,)
        self.log.extend(state.sequence, revisions, commit.bodies, (*rows, *mesh_rows(state, touched), *moved))

    def close(self) -> None:
        """Close both."""
        self.log.close()
        self.writer.log.close()


@FEW
@given(histories(good_and_bad), st.data())
def test_a_replica_is_its_writer(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Change]], data: st.DataObject
) -> None:
    """Told of every step or brought to the state after some that it missed, it has state, history and bodies."""
    both = Replica(tmp_path_factory)
    away = False
    for said in batches:
        commit = both.enter(said)
        if away and data.draw(st.booleans()):
            both.log.adopt(both.writer.state, both.revisions)
            away = False
        elif not away:
            away = data.draw(st.booleans())
            if not away:
                both.extend(commit)
    both.log.adopt(both.writer.state, both.revisions)
    assert restored(both.log) == both.writer.state
    check_kept(both.log, both.writer, keep=1)
    if both.revisions and both.log.history(100)[-1].number == 1:
        assert both.log.history(100) == tuple(reversed(both.revisions))
        assert all(both.log.content(number) == mesh for number, mesh in both.writer.meshes.items())
    both.close()


@FEW
@given(histories(good_and_bad), histories(good_and_bad))
def test_history_begins_anew_where_it_cannot_go_on(
    tmp_path_factory: pytest.TempPathFactory, others: list[list[Change]], batches: list[list[Change]]
) -> None:
    """What the replica had of another mesh is gone, and it goes on and is compacted like any log."""
    both = Replica(tmp_path_factory)
    stranger = Writer(both.log)
    for said in others:
        stranger.enter(*said)
    for said in batches:
        both.enter(said)
    both.log.adopt(both.writer.state)
    assert restored(both.log) == both.writer.state
    newest = both.writer.state.revision
    if newest is not None and newest.digest != (stranger.state.revision and stranger.state.revision.digest):
        assert both.log.history(100) == (newest,)
    if newest is not None:
        assert both.log.content(newest.number) == both.writer.meshes[newest.number]
    for said in others:
        both.extend(both.enter(said))
    while both.log.compact(2):
        check_kept(both.log, both.writer, keep=1)
    assert restored(both.log) == both.writer.state
    both.close()


def test_an_empty_state_empties_the_log(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A mesh that has no revision yet leaves none behind."""
    both = Replica(tmp_path_factory)
    both.log.adopt(State())
    assert restored(both.log) == State()
    assert both.log.history(9) == ()
    both.close()
