"""Whole programs, and wrong programs: as in bash. In programs/ a line of three percent signs stands between two."""

from pathlib import Path

import pytest

from tests.terminal.judged import agree
from tests.terminal.test_shell_language import FILES


def programs(name: str) -> list[str]:
    """Return the programs of a file."""
    text = (Path(__file__).parent / "programs" / f"{name}.txt").read_text()
    return text.removesuffix("\n").split("\n%%%\n")


RIGHT, WRONG = programs("right"), programs("wrong")


@pytest.mark.parametrize("script", WRONG, ids=range(1, len(WRONG) + 1))
def test_a_wrong_program_is_refused_in_bashs_words(script, tmp_path):
    agree(script, tmp_path, FILES)


@pytest.mark.parametrize("script", RIGHT, ids=range(1, len(RIGHT) + 1))
def test_a_program_does_what_it_does_in_bash(script, tmp_path):
    agree(script, tmp_path, FILES)
