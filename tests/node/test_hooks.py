"""Lifecycle hooks and changed images. Source: kubernetes.io, concepts/containers/container-lifecycle-hooks."""

from kubelab.cluster.kinds import Pod
from tests.node.lab import Lab


def pod(lab: Lab, lifecycle: str, image: str = "nginx:1.27") -> None:
    lab.apply(f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: web}}
        spec: {{containers: [{{name: web, image: "{image}", lifecycle: {lifecycle}}}]}}
    """)


def test_a_post_start_hook_holds_readiness_back_until_it_is_over(lab):
    pod(lab, "{postStart: {exec: {command: [sleep, '8']}}}")
    lab.until(lambda: "Started" in lab.reasons("web"))
    assert not lab.is_ready("web")
    assert 7 < lab.started("web") < 10


def test_a_failed_post_start_hook_kills_its_container(lab):
    pod(lab, "{postStart: {exec: {command: ['false']}}}")
    lab.until(lambda: lab.word("web") == "PostStartHookError")
    told = lab.events("web")
    at = told.index(("Warning", "FailedPostStartHook", "PostStartHook failed"))
    assert told[at + 1] == ("Normal", "Killing", "FailedPostStartHook")


def test_a_hook_may_write_where_its_container_reads(lab):
    pod(lab, "{postStart: {exec: {command: [sh, -c, 'echo from the hook > /usr/share/nginx/html/index.html']}}}")
    lab.run("client", "nicolaka/netshoot", "sleep", "9999")
    lab.started("web", "client")
    assert lab.sh("client", f"curl -s {lab.status('web')['podIP']}") == "from the hook\n"


def test_a_sleeping_pre_stop_hook_gives_time(lab):
    pod(lab, "{preStop: {sleep: {seconds: 5}}}")
    lab.started("web")
    lab.delete("web")
    assert 5 <= lab.until(lambda: lab.find("web") is None) < 8


def test_a_changed_image_restarts_the_container_in_its_place(lab):
    lab.run("web", "nginx:1.27")
    lab.started("web")
    before = lab.pod("web")
    container = {**before["spec"]["containers"][0], "image": "nginx:1.28"}
    lab.api.update(Pod, {**before, "spec": {**before["spec"], "containers": [container]}})
    lab.until(lambda: lab.container("web")["image"] == "docker.io/library/nginx:1.28" and lab.is_ready("web"))
    assert lab.said("web", "Killing") == ["Container web definition changed, will be restarted"]
    assert lab.container("web")["restartCount"] == 1
    assert lab.status("web")["podIP"] == before["status"]["podIP"]
