"""memcached's protocol, and what images of languages say of themselves.

Source: memcached, doc/protocol.txt; the official images of docker-library.
"""

from __future__ import annotations

import pytest

from tests.console import Console


@pytest.fixture(scope="module")
def console() -> Console:
    console = Console()
    console.ok("kubectl run cache --image=memcached")
    console.ok("kubectl expose pod cache --port=11211")
    for image in ("node:20", "python:3.12", "golang:1.25"):
        console.ok(f"kubectl run {image.partition(':')[0]} --image={image} -- sleep 99999")
    console.ok("kubectl run client --image=busybox -- sleep 99999")
    console.advance(90)
    return console


def ask(console: Console, *lines: str) -> str:
    text = "".join(f"{line}\\r\\n" for line in lines)
    return console.ok(f"kubectl exec client -- sh -c 'printf \"{text}quit\\r\\n\" | nc cache 11211'").replace("\r", "")


def test_a_value_is_kept_until_its_time_is_over(console: Console) -> None:
    assert ask(console, "set colour 0 10 4", "blue", "get colour") == "STORED\nVALUE colour 0 4\nblue\nEND\n"
    console.advance(11)
    assert ask(console, "get colour") == "END\n"


@pytest.mark.parametrize(
    "lines, said",
    [
        (["set n 0 0 1", "5", "incr n 3"], "STORED\n8\n"),
        (["set a 0 0 1", "x", "delete a", "delete a"], "STORED\nDELETED\nNOT_FOUND\n"),
        (["set b 0 0 1", "x", "add b 0 0 1", "y"], "STORED\nNOT_STORED\n"),
        (["replace none 0 0 1", "y"], "NOT_STORED\n"),
        (["set c 0 0 2", "toolong"], "CLIENT_ERROR bad data chunk\n"),
        (["nonsense"], "ERROR\n"),
    ],
)
def test_commands_are_answered_as_the_protocol_says(console: Console, lines: list[str], said: str) -> None:
    assert ask(console, *lines) == said


def test_stats_count_what_there_is(console: Console) -> None:
    ask(console, "flush_all", "set one 0 0 1", "x")
    assert "STAT curr_items 1\n" in ask(console, "stats")


@pytest.mark.parametrize(
    "line, said",
    [
        ("node -- node --version", "v20.20.0\n"),
        ("python -- python3 --version", "Python 3.12.12\n"),
        ("python -- pip --version", "pip 25.3 from /usr/local/lib/python3.12/site-packages/pip (python 3.12)\n"),
        ("golang -- go version", "go version go1.25.7 linux/amd64\n"),
    ],
)
def test_a_runtime_tells_its_version(console: Console, line: str, said: str) -> None:
    assert console.ok(f"kubectl exec {line}") == said


def test_its_language_is_not_simulated_and_says_so(console: Console) -> None:
    said = console.run("kubectl exec node -- node -e 'console.log(1)'").stderr
    assert "the language is not simulated in KubeLab" in said
