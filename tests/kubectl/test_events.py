"""kubectl events and get events, against real kubectl: columns, ages, and the order of what happened at once."""

import pytest

from tests.kubectl.judged import Judged

LINES = """
events
events -A --no-headers
events --for pod/crash
events --for pod/crash -o yaml
events --types warning
events --types x
events --for x
events --for foo/x
events --for pod/a/b
events -n nope
events -n nope -A --types=Warning
events -o name
events -o json
events -o wide
events -o jsonpath={.items[0].reason}
get events
get events -o wide
get events -A
get ev --sort-by=.lastTimestamp
get events --sort-by=.metadata.creationTimestamp
get events --field-selector type=Warning
get events --field-selector involvedObject.kind=Pod,reason!=Pulled
""".strip().splitlines()


@pytest.fixture(scope="module")
def judged():
    judged = Judged("1.33")
    yield judged
    judged.close()


@pytest.mark.parametrize("line", LINES)
def test_events_are_told_as_real_kubectl_does(judged, line):
    judged.same(line)


def test_a_watch_shows_what_there_is_and_what_comes(console):
    console.run("kubectl run web --image=nginx")
    watching = console.run("kubectl events --for pod/web --watch", patience=20)
    lines = watching.stdout.splitlines()
    assert lines[0].split() == ["LAST", "SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert any("Scheduled" in line for line in lines)
    assert any("Started" in line for line in lines)
