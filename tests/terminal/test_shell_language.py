"""Every small script in scripts/ does what it does in bash: output, messages and exit status."""

from pathlib import Path

import pytest

from kubelab.terminal.lines import commands_in
from tests.terminal.judged import agree

FILES = {
    "a.txt": "content of a\n",
    "b.txt": "b1\nb2\n",
    "c.md": "c\n",
    ".hidden": "",
    "d/x.md": "x\n",
    "d/sub/y.md": "y\n",
    "lib.sh": "libvar=$1\necho in lib $#\nreturn 3\n",
}
SCRIPTS = [
    pytest.param(script, id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent / "scripts").glob("*.sh"))
    for number, script in enumerate(commands_in(path.read_text()), 1)
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_does_what_it_does_in_bash(script, tmp_path):
    agree(script, tmp_path, FILES)
