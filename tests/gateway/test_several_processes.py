"""Several processes serve one database: whoever has a stream open here is told of what another one does.

Source: kubernetes.io, reference/using-api/api-concepts, "Efficient detection of changes" (nothing twice, nothing lost).
"""

import os
import subprocess
import sys
import time

import pytest

from tests.gateway.asking import Asking
from tests.gateway.conftest import furnish
from tests.house.server import ROOT
from tests.services import own_database

CONFIGS = "/api/v1/namespaces/default/configmaps"


@pytest.fixture
def elsewhere(lab):
    """A function that has another process act on the lab."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.other_process", str(lab.pk)], cwd=ROOT, text=True,
        env={**os.environ, "DATABASE_URL": own_database(), "DJANGO_SETTINGS_MODULE": "kubelab.settings"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip

    def act(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"

    assert process.stdout.readline() == "ready\n"
    yield act
    process.kill()
    process.communicate()


def test_what_another_process_does_is_told_once_and_in_its_order(api, lab, data, elsewhere, kubectl):
    furnish(lab, "kubectl run web --image=nginx:1.27")
    ask = Asking(data, api.port, lab)
    now = ask(CONFIGS)["metadata"]["resourceVersion"]
    everything = ask.watch(f"{CONFIGS}?watch=1&resourceVersion={now}")
    others = ask.watch(f"{CONFIGS}?watch=1&resourceVersion={now}&labelSelector=by%3Dother")
    shell = kubectl.start("exec -i web -- sh")
    expected = []
    for number in range(3):
        elsewhere(f"create theirs-{number}")
        ask(CONFIGS, "POST", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"ours-{number}"}})
        elsewhere(f"change theirs-{number}")
        expected += [("ADDED", f"theirs-{number}"), ("ADDED", f"ours-{number}"), ("MODIFIED", f"theirs-{number}")]
        shell.stdin.write(f"echo still here {number}\n")
        shell.stdin.flush()
        assert shell.stdout.readline() == f"still here {number}\n", "it goes on in another copy of the cluster"
    began = time.monotonic()
    elsewhere("create last")
    expected.append(("ADDED", "last"))
    events = [next(everything) for _ in expected]
    assert time.monotonic() - began < 4, "news of other processes come within a second or two"
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in events] == expected
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert revisions == sorted(set(revisions))
    told = [next(others) for _ in range(7)]
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in told] == [
        *((type_, f"theirs-{number}") for number in range(3) for type_ in ("ADDED", "DELETED")),
        ("ADDED", "last"),
    ]
    assert shell.communicate("exit 5\n", timeout=10)[0] == "" and shell.returncode == 5
    ask.close()
