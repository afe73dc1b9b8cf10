"""ssh from the workstation to the nodes: another machine with its own files, users and network.

Source: ssh(1); sshd(8); kubernetes.io, tasks/debug/debug-cluster.
"""

import pytest

from kubelab.cluster.node import host


def test_a_command_runs_on_the_node_as_root(console):
    assert console.ok("ssh worker-1 'hostname; whoami; pwd'").split() == ["worker-1", "root", "/root"]
    assert console.ok("hostname") == "workstation\n"


def test_the_exit_status_is_the_commands(console):
    assert console.run("ssh worker-1 'exit 7'").exit == 7


def test_each_machine_has_its_own_files(console):
    console.ok("ssh worker-1 'echo one > /tmp/note'")
    assert console.ok("ssh worker-1 cat /tmp/note") == "one\n"
    for elsewhere in ("cat /tmp/note", "ssh worker-2 cat /tmp/note"):
        assert "No such file" in console.fails(elsewhere)


def test_lines_after_ssh_are_for_the_node_until_exit(console):
    for line in ("ssh worker-1", "cd /etc", "X=1"):
        console.ok(line)
    assert console.ok("echo $0 $PWD $X; hostname") == "-bash /etc 1\nworker-1\n"
    console.run("exit 3")
    assert console.ok("echo $?; hostname; echo $X") == "3\nworkstation\n\n"


def test_a_terminal_shows_the_nodes_prompt_and_says_that_the_connection_is_closed(console):
    terminal = console.terminal()
    for line in ("ssh worker-2", "nosuch", "exit"):
        terminal.feed(line + "\r")
        while terminal.running and terminal.due is not None:
            console.cluster.run_until(max(terminal.due, console.now))
            terminal.poll()
    shown = terminal.output()
    assert "root@worker-2:~# " in shown
    assert "-bash: nosuch: command not found" in shown
    assert "logout\r\nConnection to worker-2 closed.\r\n" in shown


def test_only_its_own_option_asks_for_a_terminal_not_one_of_the_command(console):
    terminal = console.terminal()
    terminal.feed("ssh worker-2 ls -t /srv\r")
    terminal.poll()
    assert "closed" not in terminal.output()
    terminal.feed("ssh -t worker-2 true\r")
    terminal.poll()
    assert "Connection to worker-2 closed.\r\n" in terminal.output()


def test_a_session_on_a_node_survives_a_restart_of_kubelab(console):
    from kubelab.terminal.session import Terminal

    terminal = console.terminal()
    terminal.feed("ssh worker-1\rcd /var/log\r")
    terminal.poll()
    again = Terminal(console.cluster, terminal.state())
    again.output()
    again.feed("echo $(hostname) $PWD\r")
    assert "worker-1 /var/log" in again.output()


def test_other_users_are_those_of_the_node(console):
    assert console.ok("ssh learner@worker-1 'whoami; sudo whoami'").split() == ["learner", "root"]
    assert console.fails("ssh bob@worker-1 true") == "bob@worker-1: Permission denied (publickey).\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ssh nowhere true", "ssh: Could not resolve hostname nowhere: Name or service not known\n"),
        ("ssh worker-2 true", "ssh: connect to host worker-2 port 22: No route to host\n"),
        ("ssh -p 10250 worker-1 true", "kex_exchange_identification: Connection closed by remote host\n"
         "Connection closed by 192.168.100.12 port 10250\n"),
    ],
)  # fmt: skip
def test_what_cannot_be_reached_says_so(console, line, told):
    host.power_off(console.cluster, "worker-2")
    result = console.run(line)
    assert (result.exit, result.stderr) == (255, told)


def test_processes_of_a_node_are_its_services_and_its_containers(console):
    shown = console.ok("ssh worker-1 ps -ef")
    for command in ("/sbin/init", "/usr/bin/containerd", "/usr/bin/kubelet --bootstrap-kubeconfig=", "kube-proxy --"):
        assert command in shown
    assert "etcd" not in shown
    assert "ssh worker-1" not in shown  # that one runs on the workstation
