"""What every log promises, as tests that each log's own test class inherits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.log.contract import Commit, Log, LogUnusable
from pipeline.model.batch import Entry
from pipeline.stages.review import reconcile
from pipeline.stages.rows import restore
from pipeline.stages.state import State
from pipeline.stages.step import step
from tests.pipeline.builders import batch, delete, key, policy, synced, thing, upsert
from tests.pipeline.meshes import good_and_bad, histories

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.model.change import Change
    from pipeline.model.digest import Digest
    from pipeline.model.key import Key

RULES = policy(guard_count=1_000)


class Writer:
    """Steps a state, and commits each step to a log."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.state = State()
        self.meshes: dict[int, dict[Key, Digest]] = {}

    def enter(self, *changes: Change) -> Commit:
        """Make an entry of the changes and commit it."""
        commit = self.prepare(*changes)
        self.log.commit(commit)
        return commit

    def prepare(self, *changes: Change) -> Commit:
        """Step the state; return what is to be committed."""
        entry = Entry(sequence=self.state.sequence + 1, batches=(batch(*changes),))
        result = step(self.state, entry, RULES)
        if result.revision is not None:
            self.meshes[result.revision.number] = {found: body.digest for found, body in self.state.mesh.items()}
        return Commit(
            entry=entry,
            revision=result.revision,
            bodies=tuple(body for body in result.changed.values() if body is not None),
            rows=result.rows,
            encoder=result.encoder,
        )


def restored(log: Log) -> State:
    """Return the state that a log has."""
    found = log.recover()
    state = restore(found.tables, found.sequence, found.revision)
    reconcile(state, RULES)
    return state


class LogContract(ABC):
    """Inherit, and say how to open the log at a path; what is closed and opened again must be the same log."""

    @abstractmethod
    def open(self, path: Path) -> Log:
        """Return the log at a path, made if there is none."""

    @contextmanager
    def opened(self, path: Path) -> Iterator[Log]:
        """Open the log, and close it."""
        log = self.open(path)
        try:
            yield log
        finally:
            log.close()

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        """Return a path at which there is no log yet."""
        return tmp_path / "data" / "log"

    def test_a_new_log_is_empty(self, path: Path) -> None:
        """Nothing is there, and nothing is found."""
        with self.opened(path) as log:
            assert restored(log) == State()
            assert log.history(10) == ()
            assert log.entries(0, 10) == ()
            assert log.revision(1) is None
            assert log.content(1) is None
            assert log.body(thing("a").digest) is None

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
    @given(histories(good_and_bad), st.data())
    def test_what_was_committed_is_there_again(
        self, tmp_path_factory: pytest.TempPathFactory, batches: list[list[Change]], data: st.DataObject
    ) -> None:
        """Opened again at any time, the log has the state, every revision, its content, its bodies and its entries."""
        path = tmp_path_factory.mktemp("log") / "log"
        log = self.open(path)
        writer = Writer(log)
        commits: list[Commit] = []
        for said in batches:
            if data.draw(st.booleans()):
                log.close()
                log = writer.log = self.open(path)
                assert restored(log) == writer.state
            commits.append(writer.enter(*said))
        assert restored(log) == writer.state
        assert log.entries(0, 100) == tuple(commit.entry for commit in commits)
        revisions = [commit.revision for commit in commits if commit.revision is not None]
        assert log.history(100) == tuple(reversed(revisions))
        for revision in revisions:
            assert log.revision(revision.number) == revision
            assert log.content(revision.number) == writer.meshes[revision.number]
        for body in (body for commit in commits for body in commit.bodies):
            found = log.body(body.digest)
            assert found is not None
            assert (found.key, found.spec) == (body.key, body.spec)
        log.close()

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
    @given(histories(good_and_bad), st.integers(1, 4), st.integers(1, 4))
    def test_compaction_changes_nothing_that_is_kept(
        self, tmp_path_factory: pytest.TempPathFactory, batches: list[list[Change]], keep: int, every: int
    ) -> None:
        """However often it is compacted, the state, the kept revisions, their content and bodies stay as they are."""
        with self.opened(tmp_path_factory.mktemp("log") / "log") as log:
            writer = Writer(log)
            for number, said in enumerate(batches, start=1):
                writer.enter(*said)
                if number % every == 0:
                    while log.compact(keep):
                        check_kept(log, writer, keep)
            assert restored(log) == writer.state
            while log.compact(keep):
                pass
            check_kept(log, writer, keep)
            assert len(log.history(100)) == min(keep, len(writer.meshes))

    def test_what_is_forgotten_is_gone(self, path: Path) -> None:
        """Old revisions, and the entries and bodies that only they had, are not kept for ever."""
        with self.opened(path) as log:
            writer = Writer(log)
            for value in range(1, 10):
                writer.enter(upsert("a", value), upsert("b", 1))
            writer.enter(delete("b"))
            while log.compact(2):
                pass
            assert [revision.number for revision in log.history(10)] == [10, 9]
            assert log.content(8) is None
            assert log.body(thing("a", 7).digest) is None
            assert log.body(thing("a", 9).digest) is not None
            assert log.body(thing("b", 1).digest) is not None, "revision 9 has it still"
            assert [entry.sequence for entry in log.entries(0, 100)] == [9, 10]

    def test_entries_without_revisions_are_not_kept_for_ever(self, path: Path) -> None:
        """A source that says the same again and again fills no disk."""
        with self.opened(path) as log:
            writer = Writer(log)
            for _ in range(30):
                writer.enter(upsert("a"), synced())
            while log.compact(3):
                pass
            assert [entry.sequence for entry in log.entries(0, 100)] == [1, 28, 29, 30]
            assert restored(log) == writer.state

    def test_history_goes_backwards_and_by_object(self, path: Path) -> None:
        """Newest first, in pages, and for one object those revisions that changed it."""
        with self.opened(path) as log:
            writer = Writer(log)
            for value in range(1, 6):
                writer.enter(upsert("a" if value % 2 else "b", value))
            assert [revision.number for revision in log.history(2)] == [5, 4]
            assert [revision.number for revision in log.history(2, before=4)] == [3, 2]
            assert [revision.number for revision in log.history(9, key=key("a"))] == [5, 3, 1]
            assert [revision.number for revision in log.history(1, before=5, key=key("a"))] == [3]

    def test_a_commit_out_of_order_leaves_nothing(self, path: Path) -> None:
        """An entry whose sequence is taken is refused, and what it brought is not there."""
        with self.opened(path) as log:
            writer = Writer(log)
            first = writer.enter(upsert("a"))
            second = writer.prepare(upsert("b"))
            again = Commit(entry=first.entry, revision=second.revision, bodies=second.bodies, rows=second.rows)
            with pytest.raises(LogUnusable):
                log.commit(again)
            assert log.revision(2) is None
            assert log.body(thing("b").digest) is None
            log.commit(second)
            assert restored(log) == writer.state

    def test_a_probe_leaves_no_trace(self, path: Path) -> None:
        """It only tells that a commit could be made."""
        with self.opened(path) as log:
            writer = Writer(log)
            writer.enter(upsert("a"))
            log.probe()
            assert restored(log) == writer.state
            assert [entry.sequence for entry in log.entries(0, 9)] == [1]


def check_kept(log: Log, writer: Writer, keep: int) -> None:
    """Assert that the newest revisions are there, with all that they had."""
    newest = max(writer.meshes, default=0)
    for number in range(max(1, newest - keep + 1), newest + 1):
        mesh = log.content(number)
        assert mesh == writer.meshes[number]
        assert all(log.body(digest) is not None for digest in mesh.values())
