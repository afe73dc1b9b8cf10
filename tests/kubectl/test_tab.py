"""Tab behind kubectl."""

import time

import pytest

from kubelab.terminal.tool import FILES, find_completer
from tests.kubectl.judged import SCENE


@pytest.fixture
def offers(console):
    # The Deployment's Pods come before the quota that would refuse them, as not all their containers request CPU.
    deployment, _, others = SCENE.read_text().partition("---\n")
    console.apply(deployment)
    console.advance(10)
    console.apply(others)
    console.advance(50)

    def offer(line: str) -> list[str]:
        words = line.split(" ")
        found = find_completer(words[0])(console.shell.machine, words)
        if FILES in found:
            return ["(files)"]
        texts = {choice.text + ("" if choice.final else "~") for choice in found}
        return sorted(text for text in texts if text.startswith(words[-1]))

    return offer


def test_commands_are_completed(offers):
    assert offers("k desc") == ["describe"]
    assert offers("kubectl rollout s") == ["status"]
    assert offers("k create serv") == ["service", "serviceaccount"]
    assert offers("k nope ") == []


def test_flags_are_completed_each_once(offers):
    assert offers("k get --name") == ["--namespace"]
    assert offers("k get pods -n default --name") == []
    assert "-o" in offers("k get -")
    assert offers("k logs --prev") == ["--previous"]


def test_values_of_flags_are_completed_where_real_kubectl_knows_them(offers):
    assert offers("k get pods -n kube-s") == ["kube-system"]
    assert offers("k get pods --namespace=kube-s") == ["--namespace=kube-system"]
    assert offers("k get pods -o js") == ["json", "jsonpath", "jsonpath-as-json", "jsonpath-file"]
    assert offers("k config use-context ") == ["kubernetes-admin@kubernetes"]
    assert offers("k --context kube") == ["kubernetes-admin@kubernetes"]
    assert offers("k apply -f ") == ["(files)"]
    assert offers("k get pods -l ") == []


def test_types_are_completed_by_their_full_names(offers):
    assert offers("k get deploy") == ["deployments.apps"]
    assert offers("k get po") == ["poddisruptionbudgets.policy", "pods", "podtemplates"]
    assert offers("k get pods,secr") == ["pods,secrets"]
    assert offers("k explain configm") == ["configmaps"]


def test_names_of_objects_are_completed_by_any_name_of_their_type(offers):
    assert offers("k get po bro") == ["broken"]
    assert offers("k describe pods/bro") == ["pods/broken"]
    assert offers("k get svc/web deploy/") == ["deploy/web"]
    assert offers("k get pods crash cra") == []
    assert offers("k -n kube-system get pods etcd") == ["etcd-control-plane"]
    assert offers("k drain w") == ["worker-1", "worker-2"]


def test_a_comma_of_two_slashes_needs_types_again(offers):
    assert offers("k get svc/web stateful") == ["statefulsets.apps/~"]


def test_containers_are_completed(offers):
    assert offers("k logs sidecar -c ") == ["c", "i", "j", "s"]
    assert offers("k logs sidecar ") == ["c", "i", "j", "s"]
    assert offers("k exec deploy/web -c ") == ["first", "side", "web"]


def test_a_press_of_tab_takes_less_than_five_milliseconds_of_processor_time(offers):
    offers("k get pods ")
    times = []
    for line in ("k get pods ", "k get ", "k -n ", "k logs sidecar -c ", "k get --"):
        started = time.process_time()
        offers(line)
        times.append(time.process_time() - started)
    assert sorted(times)[len(times) // 2] < 0.005
