"""Tab at the prompt."""

import pytest

PROMPT = "learner@workstation:~$"


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("kube", "kubectl "),
        ("unali", "unalias "),
        ("echo hi; slee", "sleep "),
        ("echo $(kube", "kubectl "),
        ("for i in a; do slee", "sleep "),
        ("FOO=1 kube", "kubectl "),
        ("cat .bash", ".bashrc "),
        ("cat < .bash", ".bashrc "),
        ("cd /usr/lo", "/usr/local/"),
        ("ls ~/.ku", "~/.kube/"),
        ("echo $HO", "$HOME/"),
        ("echo ${HOSTN", "${HOSTN"),
        ("cat '.bash", "'.bashrc' "),
        ('cat "my f', '"my file.txt" '),
        ("cat my", "my\\ file.txt "),
        ("sudo kube", "kubectl "),
        ("which kube", "kubectl "),
    ],
)
def test_tab_completes_what_is_certain(seen, typed, completed):
    seen.console.write("my file.txt", "")
    seen.type(typed + "\t")
    assert seen.before_cursor.endswith(completed)


def test_what_all_have_in_common_is_put_in_and_two_tabs_list_them(seen):
    for name in ("pod-a.yaml", "pod-b.yaml", "other"):
        seen.console.write(name, "")
    seen.type("cat p\t")
    assert seen.last == f"{PROMPT} cat pod-"
    seen.type("\t")
    assert seen.bells == 1
    seen.type("\t")
    assert seen.lines[-2:] == ["pod-a.yaml  pod-b.yaml", f"{PROMPT} cat pod-"]


def test_directories_are_listed_with_a_slash(seen):
    for name in ("a1/x", "a2"):
        seen.console.ok(f"mkdir -p a1; echo > {name}")
    seen.type("cat a\t\t")
    assert "a1/  a2" in seen.text


def test_a_name_that_nothing_begins_with_rings(seen):
    seen.type("cat nosuch\t")
    assert seen.bells == 1 and seen.last == f"{PROMPT} cat nosuch"


def test_many_possibilities_are_listed_only_when_asked_for(seen):
    seen.type("\t\t")
    assert seen.last.startswith("Display all ") and seen.last.endswith("possibilities? (y or n)")
    seen.type("n")
    assert seen.last == PROMPT
    seen.type("\x15\t\ty")
    assert "kubectl" in seen.text and seen.last == PROMPT


def test_cd_completes_directories_only(seen):
    seen.console.ok("mkdir dir; echo > doc")
    seen.type("cd d\t")
    assert seen.before_cursor == f"{PROMPT} cd dir/"


def test_functions_and_aliases_complete_as_commands(seen):
    seen.enter("my_function() { :; }; alias my_shortcut=ls")
    seen.type("my_f\t")
    assert seen.before_cursor.endswith("my_function ")
    seen.type("\x15my_s\t")
    assert seen.before_cursor.endswith("my_shortcut ")


def test_the_command_completes_its_own_arguments_also_by_its_alias(seen, monkeypatch):
    from kubelab.terminal import tool

    def complete(machine, words):
        assert words[0] == "kubectl"
        return [tool.Completion(text) for text in ("get", "describe", "delete")]

    monkeypatch.setattr("kubelab.terminal.shell.completing.find_completer", lambda name: complete)
    seen.type("k g\t")
    assert seen.before_cursor.endswith("k get ")
    seen.type("\x15kubectl de\t\t")
    assert "delete    describe" in seen.text


def test_a_command_may_ask_for_files(seen, monkeypatch):
    from kubelab.terminal import tool

    monkeypatch.setattr("kubelab.terminal.shell.completing.find_completer", lambda name: lambda m, w: [tool.FILES])
    seen.type("kubectl apply --filename=.bash\t")
    assert seen.before_cursor.endswith("--filename=.bashrc ")


def test_the_middle_of_a_line_can_be_completed(seen):
    seen.type("kube get pods\x01" + "\x06" * 4 + "\t")
    assert seen.last == f"{PROMPT} kubectl get pods"
