"""Plugins of kubectl: scripts on the PATH whose names begin with kubectl-; against real kubectl, without a cluster."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.judge import kubectl_binary

KUBECTL = kubectl_binary("1.33")
SCRIPT = '#!/bin/bash\necho "$0" "$@"\nexit 3\n'
HERE = ("a/kubectl-foo", "a/kubectl-foo-bar", "a/kubectl-foo_baz", "a/kubectl-create-thing", "a/kubectl-version",
        "b/kubectl-foo", "b/kubectl-nox")  # fmt: skip
LINES = """
foo
foo a -x
foo bar z
foo-baz q
foo baz
foo_baz q
-n x foo
foo -n x bar
foo --help
create thing a
create nothing
nope
nox
plugin list
plugin list --name-only
"""


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl.1.33 on this machine")
def test_plugins_are_found_run_and_listed_as_by_real_kubectl(console, tmp_path):
    for path in HERE:
        file = Path(tmp_path, path)
        file.parent.mkdir(exist_ok=True)
        file.write_text(SCRIPT)
        console.run(f"mkdir -p {path[0]}")
        console.write(path, SCRIPT)
    for name in ("a/*", "b/kubectl-foo"):
        console.ok(f"chmod +x {name}")
        subprocess.run(f"chmod +x {name}", shell=True, cwd=tmp_path, check=True)
    console.ok("export PATH=~/a:~/b:/nope:/usr/bin:/bin")
    env = {"PATH": f"{tmp_path}/a:{tmp_path}/b:/nope:/usr/bin:/bin", "HOME": os.fspath(tmp_path)}
    for line in LINES.strip().split("\n"):
        real = subprocess.run([KUBECTL, *line.split()], env=env, capture_output=True, text=True)
        ours = console.run(f"kubectl {line}")
        found = [text.replace(os.fspath(tmp_path), "/home/learner") for text in (real.stdout, real.stderr)]
        assert [ours.stdout, ours.stderr, ours.exit] == [*found, real.returncode], line


def test_there_may_be_no_plugins(console):
    assert console.fails("kubectl plugin list") == "error: unable to find any kubectl plugins in your PATH\n"
