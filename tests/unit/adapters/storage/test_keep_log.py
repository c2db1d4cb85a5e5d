"""Who opens a new file while another one does waits for it."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from time import sleep

import pytest
from tests.pace import HANGS

from podium.adapters.storage.database import keep_log


def test_a_file_that_another_process_holds_is_asked_again(tmp_path: Path):
    """With a busy timeout of nothing, as SQLite itself waits for nobody at that moment."""
    path = tmp_path / "podium.db"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(sqlite3.connect(path, timeout=0, check_same_thread=False)) as opened,
        ThreadPoolExecutor(1) as pool,
    ):
        _ = holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            _ = opened.execute("PRAGMA journal_mode = WAL")
        waiting = pool.submit(keep_log, opened)
        sleep(0.2)
        _ = holder.execute("COMMIT")
        waiting.result(HANGS)
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_is_no_database_is_not_asked_again(tmp_path: Path):
    path = tmp_path / "podium.db"
    _ = path.write_bytes(b"nonsense" * 1000)
    with closing(sqlite3.connect(path)) as opened, pytest.raises(sqlite3.DatabaseError):
        keep_log(opened)
