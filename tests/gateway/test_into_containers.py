"""exec, attach and cp with real kubectl: by websockets since 1.30, by SPDY before and where a websocket is refused.

What a cluster answers: kubernetes.io, tasks/debug/debug-application/get-shell-running-container; KEP-4006.
"""

import os
import time

import pytest

from kubelab.labs.gateway import tokens
from kubelab.labs.gateway.kubeconfig import kubeconfig
from tests.gateway.conftest import Kubectl, furnish, hurry, pass_time, wait_for_streams
from tests.gateway.terminal import Terminal


@pytest.fixture
def lab(lab):
    """A lab with Pods that run."""
    furnish(lab, "kubectl run web --image=nginx:1.27", "kubectl run pause --image=registry.k8s.io/pause:3.10")
    return lab


@pytest.mark.parametrize("minor", ["1.33", "1.29"], ids=["websockets", "SPDY"])
def test_commands_run_in_containers(minor, api, lab, tmp_path):
    ours = Kubectl(minor, tmp_path / "home", kubeconfig(lab))
    assert ours("exec web -- sh -c 'echo out; echo err >&2; exit 3'", code=3) == (
        "out\nerr\ncommand terminated with exit code 3\n"
    )
    assert ours("exec -i web -- sh -c 'read a; sleep 0.2; cat; echo $a'", "one\ntwo\n") == "two\none\n"
    assert 'exec: "tar": executable file not found in $PATH: unknown' in ours("cp config pause:/x", code=1)
    assert "container nope is not valid for pod web" in ours("exec web -c nope -- ls", code=1)
    assert ours("exec gone -- ls", code=1) == 'Error from server (NotFound): pods "gone" not found\n'
    (ours.home / "there").mkdir()
    content = os.urandom(100_000)
    (ours.home / "there" / "noise").write_bytes(content)
    assert ours("cp there web:/tmp/over") == ""
    assert ours("exec web -- stat -c %s /tmp/over/noise") == "100000\n"
    assert "Removing leading" in ours("cp web:/tmp/over back")
    assert (ours.home / "back" / "noise").read_bytes() == content
    sleeping = ours.start("exec web -- sleep 1000")
    wait_for_streams(lab)
    ours("delete pod web --now")
    assert (sleeping.communicate(timeout=20)[1], sleeping.returncode) == (
        "command terminated with exit code 137\n",
        137,
    )


def test_a_terminal_in_a_container_is_a_terminal(kubectl):
    terminal = Terminal(kubectl, "exec -it web -- bash", columns=111, rows=22)
    terminal.see("root@web:/# ")
    terminal.type("stty size\r")
    terminal.see("22 111\r\n")
    terminal.see("# ")
    terminal.resize(99, 33)
    time.sleep(0.3)
    terminal.type("stty size; sleep 1000\r")
    terminal.see("33 99\r\n")
    terminal.type("\x03")
    terminal.see("^C")
    terminal.see("# ")
    terminal.type("exit 7\r")
    assert terminal.wait() == 7


def test_a_first_process_is_attached_to(kubectl, lab):
    hurry(lab)
    assert "got hey" in kubectl(
        "run once --rm -i --image=busybox:1.36 --restart=Never -- sh -c 'read a; echo got $a; exit 4'", "hey\n", code=4
    )
    terminal = Terminal(kubectl, "run shell --rm -it --image=busybox:1.36 --restart=Never -- sh")
    terminal.see("try pressing enter.")
    terminal.type("hostname\r")
    terminal.see("\r\nshell\r\n")
    terminal.see("/ # ")
    terminal.type("exit\r")
    terminal.see('pod "shell" deleted')
    assert terminal.wait() == 0
    kubectl("run talker --image=busybox:1.36 -- sh -c 'for n in 1 2 3; do echo line $n; sleep 300; done'")
    kubectl("wait --for=condition=Ready pod/talker --timeout=40s")
    attached = kubectl.start("attach talker")
    wait_for_streams(lab)
    pass_time(lab, 1000)
    assert "line 2\nline 3\n" in attached.communicate(timeout=20)[0]


def test_who_may(kubectl, lab):
    """A websocket is a GET: kubectl turns to SPDY's POST where a role allows only that."""
    kubectl("create serviceaccount bot")
    kubectl("create role looker --verb=get --resource=pods")
    kubectl("create rolebinding looker --role=looker --serviceaccount=default:bot")
    mine = kubeconfig(lab)
    kubectl.configure(mine.replace(tokens.admin_token(lab), kubectl("create token bot").strip()))
    assert (
        'pods "web" is forbidden: User "system:serviceaccount:default:bot" cannot create resource "pods/exec" in API '
        'group "" in the namespace "default"' in kubectl("exec web -- hostname", code=1)
    )
    bot = (kubectl.home / "config").read_text()
    kubectl.configure(mine)
    kubectl("create role runner --verb=create --resource=pods/exec")
    kubectl("create rolebinding runner --role=runner --serviceaccount=default:bot")
    kubectl.configure(bot)
    assert kubectl("exec web -- hostname") == "web\n"
