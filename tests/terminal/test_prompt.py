"""The prompt: typing, editing, history, Ctrl-C and its like, pasting, typing ahead."""

import pytest

PROMPT = "learner@workstation:~$"
UP, DOWN, LEFT, HOME = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[H"


def test_a_new_terminal_shows_the_prompt(seen):
    assert seen.last == PROMPT


def test_the_prompt_names_the_directory(seen):
    seen.enter("cd /tmp")
    assert seen.last == "learner@workstation:/tmp$"


def test_what_a_line_prints_stands_below_it(seen):
    assert seen.enter("echo one; echo two") == "one\ntwo"
    assert seen.last == PROMPT


def test_keys_edit_the_line(seen):
    seen.type("ehco" + LEFT * 2 + "\x14" + "\x05 hello")  # Ctrl-T swaps two letters
    assert seen.last == f"{PROMPT} echo hello"
    seen.type("\x01# \x05\x17bye")
    assert seen.last == f"{PROMPT} # echo bye"


def test_ctrl_u_cuts_and_ctrl_y_puts_back(seen):
    seen.type("kubectl get pods\x15ls\x15\x19")
    assert seen.last == f"{PROMPT} ls"


def test_a_line_that_is_longer_than_the_screen_goes_on_in_the_next_row(seen):
    seen.type("echo " + "x" * 100)
    assert seen.lines[-1] == "x" * (len(PROMPT) + 1 + 105 - 80)
    seen.type("\x7f" * 60)
    assert seen.last == f"{PROMPT} echo " + "x" * 40


def test_up_and_down_walk_through_the_history(seen):
    seen.enter("echo first")
    seen.enter("echo second")
    assert seen.type("draft" + UP).last == f"{PROMPT} echo second"
    assert seen.type(UP).last == f"{PROMPT} echo first"
    assert seen.type(DOWN + DOWN).last == f"{PROMPT} draft"


def test_history_lists_lines_and_keeps_a_loop_in_one(seen):
    seen.enter("echo a")
    seen.type("for i in 1 2\rdo echo $i\rdone\r")
    assert seen.enter("history").splitlines() == [
        "    1  echo a",
        "    2  for i in 1 2; do echo $i; done",
        "    3  history",
    ]


def test_lines_that_begin_with_a_blank_and_repeated_lines_are_not_remembered(seen):
    for line in (" echo secret", "echo a", "echo a"):
        seen.enter(line)
    assert "secret" not in seen.enter("history") and seen.text.count("  echo a") == 1


def test_two_exclamation_marks_recall_the_last_line(seen):
    seen.enter("echo one two")
    assert seen.enter("!!") == "echo one two\none two"
    assert seen.enter("echo !$") == "echo two\ntwo"
    assert seen.enter("!ec:0 x") == "echo x\nx"
    assert seen.enter("^x^y") == "echo y\ny"


def test_an_event_that_is_not_there_says_so(seen):
    assert seen.enter("!nothing") == "bash: !nothing: event not found"


def test_quoted_exclamation_marks_stay(seen):
    assert seen.enter("echo '!!' \\!x wow!") == "!! !x wow!"


def test_ctrl_r_finds_an_earlier_line(seen):
    seen.enter("echo needle")
    seen.enter("echo hay")
    seen.type("\x12need")
    assert seen.last == "(reverse-i-search)`need': echo needle"
    seen.type("\r")
    assert seen.lines[-2:] == ["needle", PROMPT]


def test_ctrl_r_says_when_nothing_is_found_and_ctrl_g_gives_the_line_back(seen):
    seen.type("draft\x12zzz")
    assert seen.last.startswith("(failed reverse-i-search)`zzz'")
    assert seen.type("\x07").last == f"{PROMPT} draft"


def test_ctrl_l_clears_the_screen_but_not_the_line(seen):
    seen.enter("echo gone")
    seen.type("echo here\x0c")
    assert seen.lines == [f"{PROMPT} echo here"]


def test_ctrl_c_gives_the_line_up(seen):
    seen.type("rm -rf /\x03")
    assert seen.lines[-2:] == [f"{PROMPT} rm -rf /^C", PROMPT]
    assert seen.enter("echo $?") == "130"


def test_ctrl_c_ends_a_command(seen):
    seen.type("sleep 1000; echo not reached\r")
    assert seen.terminal.running
    seen.type("\x03")
    assert seen.lines[-2:] == ["^C", PROMPT]
    assert seen.enter("echo $?") == "130"


def test_ctrl_c_ends_a_pipeline_and_a_loop(seen):
    for line in ("while true; do sleep 1; done", "sleep 100 | cat", "(sleep 100)", "f() { while :; do :; done; }; f"):
        seen.type(line + "\r\x03")
        assert not seen.terminal.running, line


def test_ctrl_d_ends_input_and_the_shell(seen):
    seen.type("cat\rhello\r\x04")
    assert seen.lines[-3:] == ["hello", "hello", PROMPT]
    seen.type("\x04")
    assert seen.terminal.ended == 0
    assert seen.lines[-2:] == [f"{PROMPT} exit", PROMPT]


def test_exit_begins_a_new_shell_and_tells_the_status(seen):
    seen.enter("x=1")
    seen.type("exit 4\r")
    assert seen.terminal.ended == 4
    assert seen.enter("echo [$x]") == "[]"


def test_an_unfinished_command_asks_for_more(seen):
    seen.type("echo 'one\r")
    assert seen.last == ">"
    seen.type("two'\r")
    assert seen.lines[-3:] == ["one", "two", PROMPT]


def test_a_here_document_is_typed_line_by_line(seen):
    seen.type("cat > f <<END\rfirst\rEND\r")
    assert seen.enter("cat f") == "first"


def test_several_lines_that_are_pasted_wait_for_enter(seen):
    seen.type("\x1b[200~echo one\necho two\x1b[201~")
    assert not [line for line in seen.lines if line == "one"]
    seen.type("\r")
    assert seen.lines[-3:] == ["one", "two", PROMPT]


def test_what_is_typed_while_a_command_runs_is_run_after_it(seen):
    seen.type("sleep 5\recho typed ahead\r")
    assert "typed ahead" in seen.last or seen.terminal.running
    seen.advance(5)
    assert seen.lines[-2:] == ["typed ahead", PROMPT]


def test_a_command_reads_what_is_typed(seen):
    seen.type("read -p 'name? ' name; echo hi $name\r")
    assert seen.last == "name?"
    seen.type("Ada\r")
    assert seen.lines[-2:] == ["hi Ada", PROMPT]


def test_a_secret_is_not_echoed(seen):
    seen.type("read -s pw; echo got $pw\rhush\r")
    assert "hush" not in "".join(seen.lines[:-2]) and "got hush" in seen.text


def test_wide_letters_take_two_columns(seen):
    seen.type("echo 日本語")
    assert seen.enter("") == "日本語"


def test_a_mistyped_line_says_what_bash_says(seen):
    assert seen.enter("kubctl get pods") == "bash: kubctl: command not found"
    assert seen.enter("if; then") == "bash: syntax error near unexpected token `;'"


def test_the_size_of_the_window_reaches_commands(seen):
    seen.terminal.resize(100, 30)
    seen._look()
    assert seen.enter("echo $COLUMNS $LINES") == "100 30"


def test_aliases_are_known_wherever_a_command_begins(seen):
    seen.enter("alias hi='echo hello'")
    assert seen.enter(
        'echo $(hi a) "$(hi b)"; true && hi c | cat; if true; then hi d; fi; for i in $(hi e); do :; done'
    ) == ("hello a hello b\nhello c\nhello d")
    assert seen.enter('echo \'$(hi)\' \\$x "it\'s $(hi "q")"') == "$(hi) $x it's hello q"


@pytest.mark.parametrize("line", ["git status", "docker ps", "helm ls"])
def test_a_program_that_is_not_simulated_says_so(seen, line):
    assert seen.enter(line) == f"bash: {line.split()[0]}: this program is not simulated in KubeLab"


def test_a_service_that_the_workstation_does_not_have_is_not_found(seen):
    # systemctl(1): status exits with 4 where there is no such unit.
    assert seen.enter("systemctl status docker") == "Unit docker.service could not be found."
    assert seen.enter("echo $?") == "4"


def test_a_shell_within_the_shell_has_the_terminal_until_it_ends(seen):
    seen.enter("x=outer; bash")
    assert seen.enter("echo [$x] $SHLVL") == "[] 2"
    seen.type("sleep 100\r\x03")
    assert seen.lines[-2:] == ["^C", PROMPT]
    assert seen.enter("echo inner $?") == "inner 130"
    seen.type("sleep 100\r\x1a")
    assert "Stopped" in seen.enter("jobs")
    seen.type("kill -9 %1; exit 3\r")
    assert seen.enter("echo $? $x $SHLVL") == "3 outer 1"


def test_a_root_shell_prompts_as_root(seen):
    seen.type("sudo -i\r")
    assert seen.last.startswith("root@workstation:") and seen.last.endswith("#")
    assert seen.enter("whoami") == "root"
    seen.type("\x04")
    assert seen.last == PROMPT


def test_help_tells_of_the_builtins(seen):
    assert seen.enter("help cd") == "cd: cd [-L|-P] [directory]"
    assert "bash: help: no help topics match `nosuch'." in seen.enter("help nosuch")
    assert " alias [name[=value] ...]" in seen.enter("help")


def test_a_bashrc_that_ends_the_shell_does_not_lock_anybody_out(seen):
    seen.enter("echo exit >> .bashrc")
    seen.type("exit\r")
    assert "~/.bashrc ends the shell" in seen.text
    assert seen.enter("echo alive") == "alive"


def test_a_bashrc_that_never_ends_is_left_by_ctrl_c(seen):
    seen.enter("echo 'while :; do :; done' >> .bashrc")
    seen.type("exit\r")
    assert seen.terminal.running
    seen.type("\x03")
    assert seen.enter("echo alive").endswith("alive")
