"""kubectl cp: files between the workstation and containers, by way of tar."""

import pytest

from tests.kubectl.workloads import POD, SHELL


@pytest.fixture
def console(console):
    console.apply(POD, SHELL)
    console.advance(30)
    console.ok(r"mkdir -p d/e; echo hello > d/a; printf '\xff\xfe\x00' > d/e/bytes")
    return console


def test_a_file_goes_there_and_back(console):
    assert console.run("kubectl cp d/a p:/tmp/new").stdout == ""
    assert console.ok("kubectl exec p -- cat /tmp/new") == "hello\n"
    assert console.ok("kubectl cp p:/tmp/new back") == "tar: Removing leading `/' from member names\n"
    assert console.read("back") == "hello\n"


def test_a_directory_goes_into_one_that_is_there_byte_by_byte(console):
    console.ok("kubectl cp d default/p:/tmp -c c; kubectl cp p:/tmp/d again")
    assert console.read("again/a") == "hello\n"
    assert console.files.read_bytes(console.path("again/e/bytes")) == b"\xff\xfe\x00"


def test_busyboxs_tar_has_its_own_words(console):
    result = console.run("kubectl cp shell:/nope x")
    assert result.stdout == (
        "tar: removing leading '/' from member names\ntar: /nope: No such file or directory\n"
        "tar: error exit delayed from previous errors\n"
    )
    assert result.stderr == "command terminated with exit code 1\n"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("cp a", "error: source and destination are required\n"),
        ("cp a b", "error: one of src or dest must be a remote file specification\n"),
        ("cp p:b p:d", "error: one of src or dest must be a local file specification\n"),
        ("cp :a b", "error: filespec must match the canonical format: [[namespace/]pod:]file/path\n"),
        ("cp p: b", "error: filepath can not be empty\n"),
        ("cp nope p:/b", "error: nope doesn't exist in local filesystem\n"),
        ("cp d/a nope:/b", 'Error from server (NotFound): pods "nope" not found\n'),
        (
            "cp d/a p:/no/such",
            "tar: /no: Cannot open: No such file or directory\ntar: Error is not recoverable: exiting now\n"
            "command terminated with exit code 2\n",
        ),
    ],
)
def test_what_cannot_be_copied_is_told_in_kubectls_words(console, line, error):
    assert console.fails(f"kubectl {line}") == error
