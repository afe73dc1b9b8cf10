"""scp between the workstation and the nodes: scp(1), OpenSSH 9."""

import pytest

from tests.console import Console

UNKNOWN = "Name or service not known"


@pytest.fixture
def console():
    return Console()


def test_a_file_goes_to_a_node_and_comes_back(console):
    console.ok("echo hello > a.txt && scp a.txt worker-1:/tmp/b.txt")
    assert console.ok("ssh worker-1 cat /tmp/b.txt") == "hello\n"
    console.ok("scp worker-1:/tmp/b.txt .")
    assert console.ok("cat b.txt") == "hello\n"


def test_without_a_path_it_goes_to_the_home_of_whom_ssh_logs_in(console):
    console.ok("echo hello > a.txt && scp a.txt root@worker-1:")
    assert console.ok("ssh root@worker-1 cat /root/a.txt") == "hello\n"


def test_a_kubeconfig_is_fetched_from_the_control_plane(console):
    console.ok("scp root@control-plane:/etc/kubernetes/admin.conf admin.conf")
    assert "worker-1" in console.ok("kubectl --kubeconfig admin.conf get nodes")


def test_directories_go_with_r_only(console):
    console.ok("mkdir -p d/e && echo 1 > d/e/f")
    assert console.fails("scp d worker-1:/tmp") == 'scp: local "d" is not a regular file\n'
    console.ok("scp -r d worker-1:/tmp")
    assert console.ok("ssh worker-1 cat /tmp/d/e/f") == "1\n"


def test_several_files_go_into_a_directory(console):
    console.ok("touch a b && scp a b worker-1:/tmp && ssh worker-1 ls /tmp/a /tmp/b")
    assert console.fails("scp a b worker-1:/nope") == "scp: /nope: No such file or directory\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("scp nope worker-1:/tmp", 'scp: stat local "nope": No such file or directory\n'),
        ("scp worker-1:/nope .", "scp: /nope: No such file or directory\n"),
        ("scp worker-9:/x .", f"ssh: Could not resolve hostname worker-9: {UNKNOWN}\nscp: Connection closed\n"),
    ],
)
def test_what_does_not_work_is_told_as_scp_tells_it(console, line, said):
    assert console.fails(line) == said
