"""Topic sidecar: a second container, and a native sidecar that starts before and ends after the others.

Source: kubernetes.io, concepts/workloads/pods/sidecar-containers; KEP-753.
"""

JOB = """
apiVersion: batch/v1
kind: Job
metadata: {{name: work}}
spec:
  template:
    spec:
      restartPolicy: Never
      {helper}
      - name: work
        image: busybox:1.28
        command: [sh, -c, 'echo done > /logs/out; sleep 5']
        volumeMounts: [{{name: logs, mountPath: /logs}}]
      volumes: [{{name: logs, emptyDir: {{}}}}]
"""
SPEC = """{name: helper, image: 'busybox:1.28', command: [sh, -c, 'touch /logs/out; tail -F /logs/out'], %s
        volumeMounts: [{name: logs, mountPath: /logs}]}"""
CLASSIC = "containers:\n      - " + SPEC % ""
NATIVE = "initContainers:\n      - " + SPEC % "restartPolicy: Always," + "\n      containers:"
ORDER = """
apiVersion: v1
kind: Pod
metadata: {name: order}
spec:
  terminationGracePeriodSeconds: 5
  initContainers:
  - {name: one, image: nginx, restartPolicy: Always, startupProbe: {httpGet: {port: 80}, periodSeconds: 1}}
  - {name: two, image: redis, restartPolicy: Always}
  containers:
  - {name: app, image: busybox:1.28, command: [sleep, "3600"]}
"""


def job(console, helper):
    console.apply(JOB.format(helper=helper))
    console.advance(60)
    return console.get("job", "work").get("status") or {}


def test_a_classic_helper_keeps_its_job_from_completing(console):
    assert "succeeded" not in job(console, CLASSIC)
    assert console.ok("kubectl get pods -l job-name=work --no-headers").split()[1:3] == ["1/2", "NotReady"]


def test_a_native_sidecar_shows_the_log_and_ends_with_its_job(console):
    assert job(console, NATIVE)["succeeded"] == 1
    assert "done" in console.ok("kubectl logs job/work -c helper")
    assert console.ok("kubectl get pods -l job-name=work --no-headers").split()[1:3] == ["0/2", "Completed"]


def test_sidecars_start_in_their_order_and_outlive_the_app(console):
    console.apply(ORDER)
    console.advance(30)
    assert console.ok("kubectl get pod order --no-headers").split()[1:3] == ["3/3", "Running"]
    status = console.get("pod", "order")["status"]
    statuses = {each["name"]: each for each in status["containerStatuses"] + status["initContainerStatuses"]}
    started = [statuses[name]["state"]["running"]["startedAt"] for name in ("one", "two", "app")]
    assert started == sorted(started)
    console.ok("kubectl delete pod order --wait=false")
    console.advance(4)
    states = console.get("pod", "order")["status"]["initContainerStatuses"]
    assert all("running" in each["state"] for each in states), "sleep waits for its end; the sidecars wait for it"
    console.advance(5)
    assert console.get("pod", "order") is None
