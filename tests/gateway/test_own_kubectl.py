"""A learner's own kubectl works on their cluster, over TLS, with nothing but the kubeconfig that they are given."""

import asyncio

from tests.gateway.conftest import hurry, pass_time, wait_for_streams
from tests.labs.visitor import Visitor

WEB = """
apiVersion: v1
kind: ConfigMap
metadata: {name: colours}
data: {wall: red}
"""


def test_a_day_with_real_kubectl(kubectl, lab):
    hurry(lab)
    work_through_a_day(kubectl)


def test_a_day_with_an_older_kubectl(older_kubectl, lab):
    hurry(lab)
    work_through_a_day(older_kubectl)


def work_through_a_day(kubectl):
    assert "control-plane" in kubectl("get nodes")
    assert kubectl("create deployment web --image=nginx:1.27 --replicas=2") == "deployment.apps/web created\n"
    assert 'deployment "web" successfully rolled out' in kubectl("rollout status deployment/web --timeout=40s")
    assert kubectl("get pods -l app=web --no-headers").count("Running") == 2
    assert "start worker process" in kubectl("logs deployment/web")
    assert "Scaled up replica set" in kubectl("describe deployment web")
    assert kubectl("apply -f -", WEB) == "configmap/colours created\n"
    assert kubectl("apply -f -", WEB.replace("red", "blue")) == "configmap/colours configured\n"
    assert kubectl("apply --server-side --force-conflicts -f -", WEB) == "configmap/colours serverside-applied\n"
    assert kubectl("get cm colours -o jsonpath={.data.wall}") == "red"
    assert "FIELD: replicas <integer>" in kubectl("explain deployment.spec.replicas")
    assert kubectl("get --raw /healthz") == "ok"
    assert kubectl("create namespace shop") == "namespace/shop created\n"
    assert kubectl("run one --image=nginx:1.27 -n shop") == "pod/one created\n"
    assert kubectl("delete deployment web") == 'deployment.apps "web" deleted\n'
    assert kubectl("wait --for=delete pod -l app=web --timeout=60s").count("condition met") <= 2
    assert kubectl("get pods -l app=web -o name") == ""
    assert "unknown field" in kubectl("apply -f -", WEB.replace("\ndata:", "\ndatta:"), code=1)


def test_a_watch_tells_every_change_once(kubectl, lab):
    watch = kubectl.start("get configmaps --watch-only -o name --request-timeout=20s")
    wait_for_streams(lab)
    for number in range(5):
        kubectl(f"create configmap number-{number}")
    kubectl("delete configmap number-3")
    told = [watch.stdout.readline() for _ in range(6)]
    watch.terminate()
    watch.communicate()
    numbers = [0, 1, 2, 3, 4, 3]
    assert told == [f"configmap/number-{number}\n" for number in numbers]


def test_a_log_is_followed(kubectl, lab):
    kubectl("run talker --image=busybox -- sh -c 'for n in 1 2 3; do echo line $n; sleep 100; done'")
    pass_time(lab, 10)
    kubectl("wait --for=condition=Ready pod/talker --timeout=40s")
    following = kubectl.start("logs -f talker")
    assert following.stdout.readline() == "line 1\n"
    pass_time(lab, 300)
    assert following.communicate(timeout=20)[0] == "line 2\nline 3\n", "what is written later is waited for"


async def test_the_lab_page_sees_what_kubectl_did(kubectl, lab, learner):
    async with Visitor(learner, lab) as page:
        await page.hello()
        await asyncio.to_thread(kubectl, "run seen --image=nginx:1.27")
        await page.see(lambda page: any(item.get("name") == "seen" for item in page.items.values()), 20)
