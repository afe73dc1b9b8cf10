"""Whoever waits for other processes asks the database only when somebody may have written to it."""

import sqlite3
from types import SimpleNamespace

import pytest
from django.db import connection

from kubelab.accounts.models import User
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


@pytest.mark.django_db(transaction=True)
def test_ones_own_writes_are_not_news_and_others_are():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL tells of all writes alike")
    looked = Writes()
    assert looked.have_come(), "whoever asks first has seen nothing yet"
    assert not looked.have_come()
    User.objects.create_guest()
    assert not looked.have_come()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("update accounts_user set first_name = 'Ada'")
    other.close()
    assert looked.have_come()
    assert not looked.have_come()
    connection.close()
    assert looked.have_come(), "what happened between two connections is not known"


@pytest.mark.django_db(transaction=True)
def test_postgresql_is_asked_one_question_instead_of_all_rows():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has another sign")
    looked = Writes()
    assert looked.have_come()
    assert not looked.have_come()
    User.objects.create_guest()
    assert looked.have_come()
    assert not looked.have_come()
