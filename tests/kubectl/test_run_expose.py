"""kubectl run and expose, against real kubectl, and Pods that one is attached to."""

import pytest

from tests.kubectl.changing_files import FILES
from tests.kubectl.filed_duel import FiledDuel

RUN = """
run
run x
run x --image=nginx --port=80 --env=A=b --labels=a=b,c=d --restart=Never --privileged --dry-run=client -o yaml
run x --image=nginx --dry-run=client -o yaml -- a b
run x --image=nginx --command --dry-run=client -o json -- a b
run x --image=nginx --expose
run x --image=nginx --expose --port=80 --dry-run=client -o yaml
run x --image=nginx --expose --port=80
run x --image=nginx
run y --image='bad image'
run y --image=nginx -t
run y --image=nginx --rm
run y --image=nginx --restart=foo
run y --image=nginx --image-pull-policy=foo
run y --image=nginx --env=a
run y --image=nginx --labels=a
run y --image=nginx --port=x
run y --image=nginx -i --dry-run=client
run y --image=nginx --overrides='{"spec":{"nodeName":"w"}}' --dry-run=client -o yaml
run y --image=a --overrides='[{"op":"add","path":"/metadata/labels/x","value":"z"}]' --override-type=json -o name
run y --image=nginx --overrides=x
run Y_ --image=nginx
"""
EXPOSE = """
create -f web.yaml
create deploy noport --image=nginx
create cm conf
create service clusterip svc1 --tcp=80:8080 --tcp=443:8443
expose
expose deploy web
expose deploy web
expose deploy noport
expose deploy noport --port=80 --target-port=http --name=w3 --type=NodePort --dry-run=client -o json
expose deploy noport --port=x
expose deploy noport --port=80,90 --name=w4 --dry-run=client -o yaml
expose cm conf --port=80
expose deploy nope --port=80
expose svc svc1 --name=svc2 --dry-run=client -o yaml
expose deploy web --name=w5 --selector=a=b --labels=x=y --session-affinity=ClientIP --cluster-ip=None -o yaml
expose deploy web --selector=a --name=q
expose deploy web --session-affinity=zz --name=q
expose deploy web --name=ov --overrides='{"spec":{"type":"NodePort"}}' --dry-run=client -o yaml
expose ds kube-proxy -n kube-system --port=80
"""


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES)
    yield duel
    duel.close()


@pytest.mark.parametrize("lines", [RUN, EXPOSE], ids=["run", "expose"])
def test_lines_answer_as_real_kubectl_does(duel, lines):
    duel.all_same(lines)


def test_a_pod_that_one_is_attached_to_says_what_it_has_to_say_and_is_deleted(console):
    out = console.ok("kubectl run x --image=busybox --restart=Never --rm -i -- echo hi")
    assert out.startswith("hi\n")
    assert 'pod "x" deleted' in out
    assert console.get("pod", "x") is None or "deletionTimestamp" in console.get("pod", "x")["metadata"]


def test_standard_input_reaches_the_pod(console):
    out = console.ok("echo 'echo $HOSTNAME' | kubectl run y --image=busybox --restart=Never --rm -i -- sh")
    assert out.startswith("y\n")


def test_the_exit_status_is_that_of_the_container(console):
    result = console.run("kubectl run x --image=busybox --restart=Never -i -- sh -c 'exit 3'")
    assert (result.exit, result.stderr.splitlines()[-1]) == (3, "pod default/x terminated (Error)")


def test_a_pod_that_does_not_come_up_in_time_is_given_up_and_deleted(console):
    result = console.run("kubectl run q --image=nginx:nope --restart=Never -i --rm --pod-running-timeout=20s -- ls")
    assert result.exit == 1
    assert result.stderr.endswith("error: timed out waiting for the condition\n")
    assert 'pod "q" deleted' in result.stdout
