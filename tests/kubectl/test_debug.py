"""kubectl debug: copies of Pods, Pods on nodes, profiles; against real kubectl, and what one can do then."""

import pytest

from tests.kubectl.filed_duel import FiledDuel
from tests.kubectl.workloads import POD, TWO, WEB

FILES = {
    "custom.yaml": "env: [{name: A, value: b}]\nresources: {limits: {cpu: 1}}\n",
    "bad.yaml": "image: x",
    "node.yaml": "{apiVersion: v1, kind: Node, metadata: {name: worker-2}}",
}
LINES = """
debug
debug p --image=busybox --attach=false --profile=restricted -c r
get pod p -o jsonpath={.spec.ephemeralContainers[0]}
debug p --image=busybox --attach=false --profile=general -c g --env=A=b --image-pull-policy=Always -- sleep 5
get pod p -o jsonpath={.spec.ephemeralContainers[1]}
debug p --image=busybox --profile=netadmin -c n --target=c
debug p --image=busybox --profile=sysadmin -c s -q
debug p --image=b --custom=custom.yaml -c cu
debug p --image=b --custom=bad.yaml -c cu2
get pod p -o jsonpath={.spec.ephemeralContainers[*].securityContext}{.spec.ephemeralContainers[4]}
debug p --image=busybox --copy-to=p2
debug p --image=busybox --copy-to=p3 --share-processes=false -c x -- sleep 9
get pod p3 -o jsonpath={.spec.containers}{.spec.shareProcessNamespace}{.metadata.labels}
debug p --image=busybox --copy-to=p4 --profile=general --keep-labels -c x --same-node
get pod p4 -o jsonpath={.spec.containers}{.spec.shareProcessNamespace}{.metadata.labels}{.spec.nodeName}
debug p --copy-to=p5 --set-image=*=busybox
get pod p5 -o jsonpath={.spec.containers[*].image}{.metadata.labels}
debug p --copy-to=p6 -c c -- sh -c x
get pod p6 -o jsonpath={.spec.containers[*].command}{.spec.containers[*].args}
debug two --copy-to=t2 --image=busybox -c dbg --profile=baseline --keep-init-containers=false --set-image=a=alpine
get pod t2 -o jsonpath={.spec.initContainers}{.spec.containers[*].image}{.spec.containers[*].name}
debug two --copy-to=t2 --image=busybox -c dbg
debug p2 --copy-to=p7 --replace --set-image=c=nginx:1.27
get pod p2
debug p --copy-to=p9 --image=b --custom=custom.yaml -c cu
get pod p9 -o jsonpath={.spec.containers}
debug node/worker-1 --image=busybox
debug node/worker-1 --image=b --custom=custom.yaml --profile=general -q
debug -f node.yaml --image=busybox --profile=restricted -q
debug node/nope --image=busybox
debug deploy/web --image=busybox
debug p nope --image=b -c zz
debug p --image=x --replace
debug p --image=x --same-node
debug p --copy-to=x
debug p --copy-to=x -- sh
debug p --image=A:B:C
debug p --image=x --env=A
debug p --image=x --image-pull-policy=foo
debug p --copy-to=c --set-image=a
debug p --copy-to=c --set-image=a=A::
debug p --copy-to=c --image=b --target=x
debug --attach p
debug p --image=b --custom=nope
"""
ON_NODE = "kubectl debug node/worker-1 -q -i --image=busybox -- "


@pytest.fixture(scope="module")
def duel():
    duel = FiledDuel(FILES, POD, TWO, WEB, version="1.33")
    yield duel
    duel.close()


def test_copies_and_pods_on_nodes_are_made_as_by_real_kubectl(duel):
    duel.all_same(LINES)


def test_what_a_copys_container_says_is_shown(console):
    console.apply(POD)
    console.advance(10)
    assert console.ok("kubectl debug p -q -i --copy-to=p2 --image=busybox -c d -- echo hi") == "hi\n"


def test_a_pod_on_a_node_sees_its_files_and_chroot_leads_to_the_node(console):
    assert "kubelet.conf" in console.ok(f"{ON_NODE} ls /host/etc/kubernetes")
    told = console.ok(f"{ON_NODE} chroot /host sh -c 'hostname; pwd; systemctl is-active kubelet'")
    assert told == "worker-1\n/\nactive\n"
    log = console.ok(f"{ON_NODE} sh -c 'chroot /nope ls; chroot /etc ls; true' 2>&1")
    assert "cannot change root directory to '/nope': No such file or directory" in log
    assert "not" in log and "simulated" in log
