"""The SQLite log: the contract of every log, and what is the file's own: locks, permissions, damage, full disks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline.log.contract import Log, LogUnusable
from pipeline.log.database import FORMAT
from pipeline.log.sqlite import SqliteLog
from tests.pipeline.builders import delete, thing, upsert
from tests.pipeline.log_contract import LogContract, Writer, restored

if TYPE_CHECKING:
    from pathlib import Path


class TestSqliteLog(LogContract):
    """The contract, on SQLite."""

    def open(self, path: Path) -> Log:
        """Open the file."""
        return SqliteLog(path)


def written(path: Path) -> Writer:
    """Return the writer of a log with something in it, which is closed."""
    log = SqliteLog(path)
    writer = Writer(log)
    for value in range(1, 40):
        writer.enter(*(upsert(f"n{number}", value) for number in range(value)))
    log.close()
    return writer


def unclean(path: Path) -> None:
    """Make the log look as a crash leaves it."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
    connection.close()


def overwrite(path: Path, offset: int, data: bytes) -> None:
    """Damage a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    """The folder is 0700, the log and what lies beside it 0600, whatever the umask."""
    before = os.umask(0)
    try:
        log = SqliteLog(tmp_path / "data" / "galley.db")
        Writer(log).enter(upsert("a"))
        modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "data").iterdir()}
        log.close()
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}
    assert set(modes) == {"galley.db", "galley.db-wal", "galley.db-shm", "galley.db.lock"}
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_second_process_is_refused_and_told_who_has_the_log(tmp_path: Path) -> None:
    """One writer: the other is named by its process id; once it is gone, the log can be had."""
    path = tmp_path / "galley.db"
    log = SqliteLog(path)
    program = (
        "import sys, pathlib\nfrom pipeline.log.sqlite import SqliteLog\nSqliteLog(pathlib.Path(sys.argv[1])).close()\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"{path} is in use by another process (pid {os.getpid()})" in refused.stderr
    log.close()
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_a_second_log_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    """The lock is the log's, not the process's."""
    log = SqliteLog(tmp_path / "galley.db")
    with pytest.raises(LogUnusable, match="in use"):
        SqliteLog(tmp_path / "galley.db")
    log.close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 400, b"SQLite format 3\0" + b"\0" * 4080])
def test_a_file_that_is_no_log_is_never_taken_for_a_fresh_start(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign or wiped: it is refused with what to do, and left as it is."""
    path = tmp_path / "galley.db"
    path.write_bytes(content)
    with pytest.raises(LogUnusable, match=r"galley\.db.*(restore it|move it away)"):
        SqliteLog(path)
    assert path.read_bytes() == content


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """A good SQLite file that is no log of ours stays as it is."""
    path = tmp_path / "galley.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE entries (sequence INTEGER PRIMARY KEY)")
    connection.close()
    with pytest.raises(LogUnusable, match="no log of Galley's"):
        SqliteLog(path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """The number is named, and the log is left for the version that can read it."""
    path = tmp_path / "galley.db"
    written(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    connection.close()
    with pytest.raises(LogUnusable, match=f"has format {FORMAT + 1}, this version of Galley reads up to {FORMAT}"):
        SqliteLog(path)


def test_a_log_whose_main_file_is_gone_is_no_fresh_start(tmp_path: Path) -> None:
    """Its write-ahead log alone tells that there was one."""
    (tmp_path / "galley.db-wal").write_bytes(b"something")
    with pytest.raises(LogUnusable, match=r"is missing, but galley\.db-wal is there"):
        SqliteLog(tmp_path / "galley.db")


def test_a_leftover_of_a_crash_while_the_log_was_made_is_harmless(tmp_path: Path) -> None:
    """The log appears whole or not at all; what was half made is made anew."""
    (tmp_path / "galley.db.new").write_bytes(b"half")
    log = SqliteLog(tmp_path / "galley.db")
    Writer(log).enter(upsert("a"))
    log.close()
    assert not (tmp_path / "galley.db.new").exists()


def test_damage_is_found_when_the_last_end_was_not_clean(tmp_path: Path) -> None:
    """Pages overwritten at rest are found before anything is served from them."""
    path = tmp_path / "galley.db"
    written(path)
    unclean(path)
    middle = path.stat().st_size // 4096 // 2 * 4096
    overwrite(path, middle, os.urandom(64 * 1024))
    with pytest.raises(LogUnusable, match="damaged"):
        SqliteLog(path)
    with pytest.raises(LogUnusable, match="damaged"):
        SqliteLog(path)


def test_damage_that_is_met_later_stops_the_log_for_good(tmp_path: Path) -> None:
    """Once SQLite says that the file is damaged, nothing is written to it any more."""
    path = tmp_path / "galley.db"
    writer = written(path)
    log = SqliteLog(path)
    overwrite(path, 4096, os.urandom(path.stat().st_size - 4096))
    with pytest.raises(LogUnusable, match="damaged"):
        log.recover()
    commit = writer.prepare(upsert("b"))
    with pytest.raises(LogUnusable, match="damaged"):
        log.commit(commit)
    with pytest.raises(LogUnusable, match="damaged"):
        log.probe()
    log.close()


def test_a_torn_end_of_the_write_ahead_log_loses_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    """A commit that was cut short by a power cut is not there; all before it is."""
    path = tmp_path / "galley.db"
    log = SqliteLog(path)
    writer = Writer(log)
    writer.enter(upsert("a", 1))
    before = restored(log)
    size = (tmp_path / "galley.db-wal").stat().st_size
    writer.enter(upsert("a", 2))
    copy = tmp_path / "copy"
    copy.mkdir()
    wal = (tmp_path / "galley.db-wal").read_bytes()
    (copy / "galley.db").write_bytes(path.read_bytes())
    (copy / "galley.db-wal").write_bytes(wal[: (size + len(wal)) // 2] + os.urandom(100))
    log.close()
    again = SqliteLog(copy / "galley.db")
    assert restored(again) == before
    again.close()


def test_a_full_disk_is_refused_and_leaves_what_was_there(tmp_path: Path) -> None:
    """Nothing of the commit is kept; with room again, the log goes on."""
    path = tmp_path / "galley.db"
    log = SqliteLog(path)
    writer = Writer(log)
    writer.enter(upsert("a"))
    before = restored(log)
    limit(log, pages=used(log) + 2)
    big = writer.prepare(upsert("big", "x" * 100_000))
    with pytest.raises(LogUnusable, match="the disk is full: free some space"):
        log.commit(big)
    assert restored(log) == before
    limit(log, pages=1 << 30)
    log.probe()
    log.commit(big)
    assert restored(log) == writer.state
    log.close()


def used(log: SqliteLog) -> int:
    """Return how many pages the file has."""
    pages: int = log._writer.execute("PRAGMA page_count").fetchone()[0]  # noqa: SLF001  the disk, in effect
    return pages


def limit(log: SqliteLog, *, pages: int) -> None:
    """Let the file grow to so many pages only, as a full disk would."""
    log._writer.execute(f"PRAGMA max_page_count = {pages}")  # noqa: SLF001  the disk, in effect


def test_a_read_only_log_is_refused(tmp_path: Path) -> None:
    """What cannot be written is no log, and says so."""
    log = SqliteLog(tmp_path / "galley.db")
    writer = Writer(log)
    log._writer.execute("PRAGMA query_only = 1")  # noqa: SLF001  the disk, in effect
    with pytest.raises(LogUnusable, match="cannot be written: check the permissions"):
        writer.enter(upsert("a"))
    with pytest.raises(LogUnusable, match="cannot be written"):
        log.probe()
    log.close()


@pytest.mark.parametrize("place", ["file/galley.db", "folder"])
def test_a_path_that_cannot_be_a_log_is_refused(tmp_path: Path, place: str) -> None:
    """A file where the folder should be, a folder where the file should be."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LogUnusable, match=str(tmp_path)):
        SqliteLog(tmp_path / place)


def test_compaction_gives_disk_back(tmp_path: Path) -> None:
    """A log that forgot much is smaller on disk, a bounded part at a time."""
    path = tmp_path / "galley.db"
    log = SqliteLog(path)
    writer = Writer(log)
    for value in range(8):
        writer.enter(*(upsert(f"n{number}", f"{value}{'x' * 500}") for number in range(300)))
    parts = 0
    while log.compact(1):
        parts += 1
    assert parts > 3
    log.close()
    assert path.stat().st_size < 2_500_000
    log = SqliteLog(path)
    assert restored(log) == writer.state
    log.close()


def test_the_bodies_of_what_came_back_are_kept(tmp_path: Path) -> None:
    """A version that was replaced, forgotten, and said again has its body."""
    log = SqliteLog(tmp_path / "galley.db")
    writer = Writer(log)
    for value in (2, 1, 2, 1, 3, 1):
        writer.enter(upsert("a", value))
        while log.compact(2):
            pass
    writer.enter(delete("a"))
    while log.compact(2):
        pass
    assert log.body(thing("a", 1).digest) is not None
    assert log.body(thing("a", 2).digest) is None
    log.close()


def test_a_commit_is_synced_to_disk(tmp_path: Path) -> None:
    """Every connection writes ahead, and syncs at each commit: a power cut loses nothing that was acknowledged."""
    log = SqliteLog(tmp_path / "galley.db")
    for connection in (log._writer, log._reader):  # noqa: SLF001  what SQLite was told
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    log.close()
