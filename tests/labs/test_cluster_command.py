"""`manage.py cluster`: what an operator gets who asks for what cannot be, or whose database cannot be used."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from kubelab.labs.keeping import reading
from kubelab.labs.models import Lab
from tests.labs.conftest import NOON

ROOT = Path(__file__).resolve().parents[2]


def cluster(*arguments):
    """Run the command; returns what it prints."""
    out = io.StringIO()
    call_command("cluster", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e12", "-1"])
def test_time_does_not_go_where_it_cannot_be_written(lab, seconds):
    with pytest.raises(CommandError, match="virtual time"):
        cluster("advance", "lab", "--", seconds)
    assert Lab.objects.get(pk=lab.pk).now == NOON
    assert cluster("advance", "lab", "1") == "lab is at 2027-01-15T08:00:01Z\n"


def test_an_operator_may_break_something(lab):
    assert "power-off      Cut a machine's power\n" in cluster("fault", "lab")
    assert cluster("fault", "lab", "power-off", "worker-1") == "lab: power-off worker-1\n"
    with reading(lab.pk) as broken:
        assert broken.store.get("/machine/node/worker-1")["powered"] is False
    with pytest.raises(CommandError, match="no 'worker-9' here; there is control-plane"):
        cluster("fault", "lab", "power-off", "worker-9")


@pytest.mark.parametrize("now", ["-1e12", "nan", "1e15"])
@pytest.mark.django_db
def test_a_cluster_is_born_in_a_time_that_can_be_written(now):
    with pytest.raises(CommandError, match="from 1970 to the year 9999"):
        cluster("create", "early", f"--now={now}")
    assert not Lab.objects.exists()


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("database is locked", "The database is busy: nothing was changed. Try again."),
        ("attempt to write a readonly database", "The database cannot be written to: nothing was changed."),
        ("file is not a database", "The database cannot be used: file is not a database"),
    ],
)
def test_what_is_wrong_with_the_database_is_told_in_one_line(lab, monkeypatch, error, meaning):
    def refuse(*_, **__):
        raise OperationalError(error)

    monkeypatch.setattr(Lab, "save", refuse)
    with pytest.raises(CommandError) as told:
        cluster("create", "other")
    assert str(told.value) == meaning


@pytest.mark.parametrize("command", [["cluster", "list"], ["terminal", "lab", "-c", "ls"]])
def test_before_the_set_up_the_operator_is_told_to_do_it(tmp_path, command):
    env = os.environ | {"KUBELAB_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kubelab.settings"}
    env.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr == "CommandError: The database is not set up yet: run `make setup` first.\n"
