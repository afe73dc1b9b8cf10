"""Whoever waits for other processes asks the database only when somebody may have written to it."""

import sqlite3
from types import SimpleNamespace

from kubelab.labs import writes
from kubelab.labs.writes import Writes


def database(vendor, folder):
    return SimpleNamespace(vendor=vendor, settings_dict={"NAME": folder / "rows"})


def test_a_write_of_another_process_shows_and_quiet_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(writes, "connection", database("sqlite", tmp_path))
    other = sqlite3.connect(tmp_path / "rows", isolation_level=None)
    looked = Writes()
    assert looked.may_have_come(), "a database without a log of writes may change at any time"
    other.execute("pragma journal_mode=wal")
    other.execute("create table rows (number)")
    assert looked.may_have_come()
    monkeypatch.setattr(writes, "TICK", 0.0)
    looked.may_have_come()
    assert [looked.may_have_come() for _ in range(3)] == [False] * 3
    for number in range(50):
        other.execute("insert into rows values (?)", (number,))
        assert looked.may_have_come()
        assert not looked.may_have_come()


def test_what_may_have_followed_within_one_tick_is_looked_for_once_more(tmp_path, monkeypatch):
    monkeypatch.setattr(writes, "connection", database("sqlite", tmp_path))
    (tmp_path / "rows-wal").write_text("a write")
    looked = Writes()
    assert [looked.may_have_come() for _ in range(2)] == [True, True]


def test_postgresql_may_change_at_any_time(monkeypatch, tmp_path):
    monkeypatch.setattr(writes, "connection", database("postgresql", tmp_path))
    looked = Writes()
    assert [looked.may_have_come() for _ in range(3)] == [True] * 3
