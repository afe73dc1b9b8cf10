"""vi and its like open the page's editor and wait for it."""

import pytest

PROMPT = "learner@workstation:~$"


@pytest.mark.parametrize("editor", ["vi", "vim", "nano", "edit"])
def test_an_editor_asks_the_page_to_open_the_file(seen, editor):
    seen.console.write("pod.yaml", "kind: Pod\n")
    seen.type(f"{editor} pod.yaml\r")
    asked = seen.terminal.wants_edit
    assert asked == {
        "type": "edit",
        "path": "/home/learner/pod.yaml",
        "content": "kind: Pod\n",
        "token": asked["token"],
    }
    assert seen.terminal.running


def test_the_command_ends_when_the_file_is_saved(seen):
    seen.type("vi new.txt; cat new.txt\r")
    token = seen.terminal.wants_edit["token"]
    seen.console.write("new.txt", "written\n")
    seen.terminal.edited("another token")
    assert seen.terminal.running
    seen.terminal.edited(token)
    seen._look()
    assert seen.lines[-2:] == ["written", PROMPT] and seen.terminal.wants_edit is None


def test_each_edit_has_its_own_token(seen):
    tokens = []
    for _ in range(2):
        seen.type("vi a\r")
        tokens.append(seen.terminal.wants_edit["token"])
        seen.terminal.edited(tokens[-1])
    assert tokens[0] != tokens[1]


def test_ctrl_c_gives_up_waiting(seen):
    seen.type("nano a\r\x03")
    assert not seen.terminal.running and seen.terminal.wants_edit is None


def test_the_wish_survives_a_restart(seen):
    seen.type("vi a\r")
    asked = seen.terminal.wants_edit
    seen.restart()
    assert seen.terminal.wants_edit == asked
    seen.terminal.edited(asked["token"])
    assert not seen.terminal.running


def test_several_files_are_edited_one_after_the_other(seen):
    seen.type("vi a b\r")
    assert seen.terminal.wants_edit["path"].endswith("/a")
    seen.terminal.edited(seen.terminal.wants_edit["token"])
    assert seen.terminal.wants_edit["path"].endswith("/b")


def test_without_a_page_there_is_no_editor(console):
    assert "there is no terminal" in console.fails("vi a.yaml")
