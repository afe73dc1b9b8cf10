"""diff as on a real machine: normal and unified, files and directories, errors; the shortest way for any lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubelab.terminal.edit_script import changes
from tests.tools.judge import lab, same

OLD = "".join(f"line {number}\n" for number in range(1, 31))
FILES = {
    "old": OLD,
    "new": OLD.replace("line 3\n", "").replace("line 9\n", "line nine\n").replace("line 25\n", "line 25\nline 25b\n"),
    "case": OLD.upper(),
    "blanks": OLD.replace(" ", "  "),
    "noend": OLD.rstrip("\n"),
    "empty": "",
    "one": "a\n",
    "binary": b"a\0b\n",
    "a/same": "x\n",
    "b/same": "x\n",
    "a/changed": "x\n",
    "b/changed": "y\n",
    "a/gone": "x\n",
    "b/come": "x\n",
    "a/sub/file": "x\n",
    "b/sub/file": "z\n",
}
LINES = """
diff old new
diff old old
diff -s old old
diff -q old new
diff -sq old old
diff old case
diff -i old case
diff old blanks
diff -b old blanks
diff -w old blanks
diff old noend
diff -U1 noend old --label A --label B
diff noend old
diff empty one
diff one empty
diff -u --label x --label y old new
diff -U 0 -L x -L y old new
diff -U 1 -L x -L y old new
diff -u -L x -L y empty one
diff -u -L x -L y one empty
diff --unified=5 -L x -L y old new
diff binary one
diff -q binary one
diff a b
diff -r a b
diff -rN a b
diff -q a b
diff a/same b
diff b a/changed
diff - one < old
diff nope one
diff one nope
diff -N nope one
diff
diff one
diff one one one
diff --nope one one
diff -U x one one
diff old new > out; echo $?
diff old new | head -2
"""


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_diff_says_what_the_real_one_says(line):
    same(line, FILES)


def test_the_heads_of_unified_output_have_names_and_dates():
    out = lab("diff -u old new", FILES).out.splitlines()
    assert out[0].startswith("--- old\t2025-11-11 12:00:00.0") and out[0].endswith(" +0000")
    assert out[1].startswith("+++ new\t2025-11-11") and out[2] == "@@ -1,12 +1,11 @@"


def test_a_file_that_is_not_there_is_empty_and_of_the_first_day():
    out = lab("diff -u -N a b", FILES).out
    assert "diff -u -N a/come b/come\n--- a/come\t1970-01-01 00:00:00.000000000 +0000\n" in out


lines = st.lists(st.sampled_from("abc"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(lines, lines)
def test_the_changes_make_the_new_lines_of_the_old_ones_and_are_as_few_as_can_be(old, new):
    made, place, count = list[str](), 0, 0
    for change in changes(old, new):
        made += old[place : change.start] + new[change.new_start : change.new_end]
        place = change.end
        count += change.end - change.start + change.new_end - change.new_start
    assert made + old[place:] == new
    common = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, line in enumerate(old):
        for j, other in enumerate(new):
            common[i + 1][j + 1] = common[i][j] + 1 if line == other else max(common[i][j + 1], common[i + 1][j])
    assert count == len(old) + len(new) - 2 * common[-1][-1]
