"""What README promises, done as it is written there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PICTURE_SIZE = (1440, 900)


def commands_of(title):
    """Return the shell blocks of a section."""
    section = README.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def test_its_commands_without_a_browser_do_what_they_say(tmp_path):
    (tmp_path / "manage.py").symlink_to(ROOT / "manage.py")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / ".venv/bin/python").chmod(0o755)
    surroundings = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "kubelab.settings", "KUBELAB_DATA": str(tmp_path / "data"),
    }  # fmt: skip
    setup = ".venv/bin/python manage.py migrate --no-input --verbosity 0\n"
    story = ["bash", "-e", "-c", setup + commands_of("Without a browser")]
    done = subprocess.run(story, cwd=tmp_path, env=surroundings, input="exit\n", capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for told in ("demo created", "kube-system", "learner@workstation:~$ exit", "demo is at", "[labs]"):
        assert told in done.stdout, told
    assert re.search(r"\nweb +3/3 +3 +3 ", done.stdout)
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["line"], last["exit"], last["stdout"].count("Running")) == ("kubectl get pods", 0, 3)


def test_it_names_every_variable_that_the_settings_read():
    read = set(re.findall(r'environ\.get\("(\w+)"', (ROOT / "kubelab/settings.py").read_text()))
    assert [name for name in sorted(read) if f"`{name}" not in README] == []


def test_its_picture_is_there_in_full_size():
    name = re.search(r"!\[.+\]\((.+)\)", README)[1]
    head = (ROOT / name).read_bytes()[:24]
    assert head[1:4] == b"PNG"
    assert (int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")) == PICTURE_SIZE


def test_its_links_lead_to_files():
    links = re.findall(r"\]\((?!http)([\w./-]+)\)", README)
    assert links and [link for link in links if not (ROOT / link).exists()] == []
