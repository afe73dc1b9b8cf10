"""Init containers and sidecars. Source: kubernetes.io, concepts/workloads/pods/{init,sidecar}-containers."""

from tests.node.lab import Lab

TWO = """
    apiVersion: v1
    kind: Pod
    metadata: {name: app}
    spec:
      volumes: [{name: work, emptyDir: {}}]
      initContainers:
      - {name: one, image: "busybox:1.37", command: [sh, -c, 'sleep 3; echo one > /work/one'],
         volumeMounts: [{name: work, mountPath: /work}]}
      - {name: two, image: "busybox:1.37", command: [sh, -c, 'read x < /work/one; echo after $x; sleep 3'],
         volumeMounts: [{name: work, mountPath: /work}]}
      containers:
      - {name: app, image: "nginx:1.27"}
"""


def failing(policy: str) -> str:
    return f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: app}}
        spec:
          restartPolicy: {policy}
          initContainers: [{{name: first, image: "busybox:1.37", command: [sh, -c, 'echo no; exit 3']}}]
          containers: [{{name: app, image: "nginx:1.27"}}]
    """


def test_they_run_one_after_the_other_before_the_app(lab):
    lab.apply(TWO)
    words = [word for _, word in lab.words("app", 20)]
    assert words == ["Pending", "Init:0/2", "Init:1/2", "PodInitializing", "Running"]
    assert lab.log("app", "two") == ["after one"]
    assert lab.container("app", "one")["ready"]


def test_the_app_waits_and_the_conditions_say_for_what(lab):
    lab.apply(TWO)
    lab.until(lambda: lab.word("app") == "Init:1/2")
    assert lab.waiting("app") == ("PodInitializing", "")
    conditions = {each["type"]: each for each in lab.status("app")["conditions"]}
    assert conditions["Initialized"]["reason"] == "ContainersNotInitialized"
    assert conditions["Initialized"]["message"] == "containers with incomplete status: [two]"
    assert conditions["Ready"]["message"] == "containers with unready status: [app]"
    assert lab.status("app")["phase"] == "Pending"


def test_one_that_fails_is_tried_again_later_each_time():
    lab = Lab("1.34")
    lab.apply(failing("Always"))
    words = [word for _, word in lab.words("app", 60)]
    assert words[:4] == ["Pending", "Init:0/1", "Init:Error", "Init:CrashLoopBackOff"]
    assert lab.container("app", "first")["lastState"]["terminated"]["exitCode"] == 3
    assert lab.status("app")["phase"] == "Pending"
    assert not lab.status("app").get("containerStatuses", [{}])[0].get("containerID")


def test_without_restarts_its_failure_is_the_pods(lab):
    lab.apply(failing("Never"))
    lab.advance(20)
    assert (lab.status("app")["phase"], lab.word("app")) == ("Failed", "Init:Error")
    assert lab.log("app", "first") == ["no"]


def test_a_sidecar_starts_first_and_stays(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          initContainers:
          - {name: proxy, image: "nginx:1.27", restartPolicy: Always}
          - {name: setup, image: "busybox:1.37", command: [sh, -c, 'sleep 2; echo set up']}
          containers: [{name: app, image: "httpd:2.4", ports: [{containerPort: 8080}],
                        command: [sleep, "3600"]}]
    """)
    lab.started("app")
    assert "running" in lab.container("app", "proxy")["state"]
    assert lab.container("app", "setup")["state"]["terminated"]["exitCode"] == 0
    assert lab.status("app")["initContainerStatuses"][0]["ready"]


def test_a_sidecars_startup_probe_is_waited_for(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          initContainers:
          - name: proxy
            image: nginx:1.27
            restartPolicy: Always
            startupProbe: {httpGet: {port: 80}, initialDelaySeconds: 9, periodSeconds: 3}
          containers: [{name: app, image: "busybox:1.37", command: [sleep, "3600"]}]
    """)
    lab.until(lambda: "running" in lab.container("app", "proxy")["state"] if lab.status("app").get("hostIP") else False)
    assert lab.waiting("app")[0] == "PodInitializing"
    assert 8 < lab.started("app") < 16


def test_a_pod_is_complete_although_its_sidecar_never_ends(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: job}
        spec:
          restartPolicy: Never
          initContainers: [{name: proxy, image: "nginx:1.27", restartPolicy: Always}]
          containers: [{name: job, image: "busybox:1.37", command: [sh, -c, 'sleep 5; echo done']}]
    """)
    lab.until(lambda: lab.status("job")["phase"] == "Succeeded")
    assert lab.word("job") == "Completed"
    assert lab.said("job", "Killing") == ["Stopping container proxy"]


def test_a_sidecar_that_ends_is_restarted_whatever_the_policy(lab):
    lab.apply("""
        apiVersion: v1
        kind: Pod
        metadata: {name: app}
        spec:
          restartPolicy: Never
          initContainers:
          - {name: flaky, image: "busybox:1.37", restartPolicy: Always, command: [sh, -c, 'sleep 5; exit 1']}
          containers: [{name: app, image: "busybox:1.37", command: [sleep, "3600"]}]
    """)
    lab.until(lambda: lab.container("app", "flaky")["restartCount"] == 1 if lab.status("app").get("hostIP") else False)
    assert lab.status("app")["phase"] == "Running"
