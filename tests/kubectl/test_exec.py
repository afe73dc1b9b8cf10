"""kubectl exec and attach: commands in containers, and their terminals."""

import json

import pytest

from kubelab.terminal.session import Terminal
from tests.kubectl.workloads import POD, SHELL, TWO, WEB


@pytest.fixture
def busy(console):
    console.apply(POD, TWO, SHELL)
    console.advance(30)
    return console


def test_output_and_exit_status_come_back(busy):
    result = busy.run("kubectl exec p -- sh -c 'echo out; echo err >&2; exit 3'")
    assert (result.stdout, result.stderr, result.exit) == (
        "out\n",
        "err\ncommand terminated with exit code 3\n",
        3,
    )


def test_standard_input_is_passed_on_with_i_only(busy):
    assert busy.run("echo hello | kubectl exec -i p -- cat").stdout == "hello\n"
    assert busy.run("echo hello | kubectl exec p -- cat").stdout == ""


def test_the_first_container_is_taken_and_named(busy):
    result = busy.run("kubectl exec two -- echo hi")
    assert (result.stdout, result.stderr) == ("hi\n", 'Defaulted container "a" out of: a, b, init (init)\n')
    assert busy.run("kubectl exec two -q -- echo hi").stderr == ""


def test_a_workload_stands_for_one_of_its_pods(console):
    console.apply(WEB)
    console.advance(30)
    assert console.ok("kubectl exec deploy/web -- cat /etc/hostname") in [
        name.removeprefix("pod/") + "\n" for name in console.ok("kubectl get pods -o name").split()
    ]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("exec", "error: pod, type/name or --filename must be specified\n"),
        ("exec p", "error: you must specify at least one command for the container\n"),
        (
            "exec p ls",
            "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
            "See 'kubectl exec -h' for help and examples\n",
        ),
        ("exec nope -- ls", 'Error from server (NotFound): pods "nope" not found\n'),
        ("exec p -c nope -- ls", "Error from server (BadRequest): container nope is not valid for pod p\n"),
        (
            "exec svc/kubernetes -- ls",
            "error: cannot attach to *v1.Service: "
            "invalid service 'kubernetes': Service is defined without a selector\n",
        ),
        ("exec p -f /nope -- ls", 'error: the path "/nope" does not exist\n'),
        (
            "exec p -f /etc/hosts -- ls",
            "error: resource/name arguments cannot be provided when a path is specified\n",
        ),
        ("attach", "error: at least 1 argument is required for attach\n"),
        ("attach a b c", "error: expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw 3: [a b c]\n"),
    ],
)
def test_wrong_calls_are_refused_in_kubectls_words(busy, line, error):
    assert busy.fails(f"kubectl {line}") == error


def test_a_program_that_the_image_does_not_have_is_not_found_by_the_runtime(busy):
    assert busy.fails("kubectl exec p -- nope").endswith(
        'unable to start container process: exec: "nope": executable file not found in $PATH: unknown\n'
    )


def test_a_container_that_has_not_started_cannot_be_entered(console):
    console.apply(POD)
    assert console.fails("kubectl exec p -- ls") == (
        'error: Internal error occurred: unable to upgrade connection: container not found ("c")\n'
    )


def test_a_completed_pod_cannot_be_entered(console):
    console.apply(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: done}\nspec: {restartPolicy: Never, containers: "
        "[{name: c, image: busybox, command: ['true']}]}"
    )
    console.advance(20)
    assert console.fails("kubectl exec done -- ls") == (
        "error: cannot exec into a container in a completed pod; current phase is Succeeded\n"
    )


def test_a_command_ends_with_its_pod(busy):
    result = busy.run("kubectl exec p -- sleep 1000 & sleep 1; kubectl delete pod p --now > /dev/null; wait $!")
    assert result.exit == 137


class Typist:
    """Types into a terminal and tells what it shows; the terminal is kept and brought back between keys."""

    def __init__(self, console):
        self.console = console
        self.terminal = console.terminal()
        self.terminal.output()

    def type(self, keys: str, seconds: float = 1) -> str:
        self.terminal.feed(keys)
        end = self.console.now + seconds
        while self.console.now < end:
            self.terminal.poll()
            due = [each for each in (self.terminal.due, self.console.cluster.next_due(), end) if each is not None]
            self.console.cluster.run_until(min(max(min(due), self.console.now), end))
        self.terminal.poll()
        shown = self.terminal.output().replace("\x1b[?2004h", "").replace("\x1b[?2004l", "").replace("\r\n", "\n")
        self.terminal = Terminal(self.console.cluster, json.loads(json.dumps(self.terminal.state())))
        self.terminal.output()
        return shown


def test_a_shell_in_a_container_has_the_terminal(busy):
    typist = Typist(busy)
    assert typist.type("kubectl exec -it p -- sh\r").endswith("# ")
    assert "\nac 2\n" in typist.type("echo ab\x7fc $((1+1))\r")
    assert "^C" in typist.type("sleep 100\r") + typist.type("\x03")
    assert "still here" in typist.type("echo still here\r")
    shown = typist.type("exit 4\r")
    assert "command terminated with exit code 4\n" in shown
    assert "\n4\n" in typist.type("echo $?\r")


def test_control_d_ends_a_shell_in_a_container(busy):
    typist = Typist(busy)
    typist.type("kubectl exec -it shell -- sh\r")
    assert typist.type("\x04").endswith("$ ")


def test_attaching_speaks_with_the_first_process(busy):
    typist = Typist(busy)
    assert "If you don't see a command prompt, try pressing enter.\n" in typist.type("kubectl attach -it shell\r")
    assert "in it\n" in typist.type("echo in it\r")
    assert "in it" in busy.ok("kubectl logs shell")
    assert "Session ended, resume using 'kubectl attach shell -c sh" in typist.type("exit\r", 3)


def test_attaching_shows_what_is_written_from_now_on(busy):
    result = busy.run("kubectl attach two -c b", patience=8)
    assert "tick 0" not in result.stdout
    assert "tick" in result.stdout


def test_a_file_says_in_which_pod_to_run(busy):
    busy.ok("printf 'apiVersion: v1\\nkind: Pod\\nmetadata: {name: p}\\n' > pod.yaml")
    assert busy.fails("kubectl exec -f pod.yaml -- hostname") == ("error: pod default/p does not have any containers\n")
    assert busy.ok("kubectl exec -f pod.yaml -c c -- hostname") == "p\n"
    assert busy.fails("kubectl exec -f - -- ls < pod.yaml") == ("error: cannot exec into multiple objects at a time\n")
