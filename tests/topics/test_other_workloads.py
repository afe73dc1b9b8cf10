"""Topic other-workloads: Jobs, CronJobs, DaemonSets and StatefulSets.

Source: kubernetes.io, concepts/workloads/controllers/{job,cron-jobs,daemonset,statefulset}.
"""

from tests.topics.storage import LOCAL_PATH

DEFAULT = '{"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}'
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {{name: work}}
spec:
  completions: 6
  parallelism: 2
  backoffLimit: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{{name: c, image: 'busybox:1.28', command: [sh, -c, 'sleep 5; exit {code}']}}]
"""
AGENT = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      nodeSelector: {agent: wanted}
      containers: [{name: c, image: nginx}]
"""
SET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 3
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: nginx, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""


def test_a_job_runs_two_at_a_time_until_six_are_done(console):
    console.apply(JOB.format(code=0))
    for _ in range(60):
        console.advance(1)
        assert (console.get("job", "work").get("status") or {}).get("active", 0) <= 2
    assert console.ok("kubectl get job work --no-headers").split()[1:3] == ["Complete", "6/6"]


def test_a_job_that_fails_too_often_gives_up(console):
    console.apply(JOB.format(code=1))
    console.advance(300)
    assert "BackoffLimitExceeded" in console.ok("kubectl describe job work")
    assert console.ok("kubectl get job work --no-headers").split()[1] == "Failed"


def test_a_cron_job_runs_as_time_goes_by_and_keeps_three(console):
    console.ok("kubectl create cronjob tick --image=busybox:1.28 --schedule='*/5 * * * *' -- date")
    console.advance(1900)
    jobs = console.ok("kubectl get jobs -o name").split()
    assert len(jobs) == 3 and all(name.startswith("job.batch/tick-") for name in jobs)


def test_a_daemon_set_follows_the_nodes_that_it_is_for(console):
    console.apply(AGENT)
    console.advance(5)
    assert console.ok("kubectl get ds agent --no-headers").split()[1] == "0"
    console.ok("kubectl label node worker-1 worker-2 agent=wanted")
    console.advance(30)
    assert console.ok("kubectl get ds agent --no-headers").split()[1:4] == ["2", "2", "2"]
    console.ok("kubectl label node worker-1 agent-")
    console.advance(10)
    assert console.ok("kubectl get pods -l app=agent -o jsonpath='{.items[*].spec.nodeName}'") == "worker-2"


def test_a_stateful_sets_replicas_come_in_order_and_find_their_volume_again(console):
    console.ok(f"kubectl apply -f {LOCAL_PATH}")
    console.ok("kubectl patch storageclass local-path -p '" + DEFAULT + "'")
    console.ok("kubectl create service clusterip db --clusterip=None")
    console.apply(SET)
    console.advance(90)
    assert console.ok("kubectl get pods -l app=db -o name").split() == ["pod/db-0", "pod/db-1", "pod/db-2"]
    born = console.ok("kubectl get pods -l app=db -o jsonpath='{.items[*].metadata.creationTimestamp}'").split()
    assert born == sorted(set(born))
    assert console.ok("kubectl get pvc -o name").count("data-db-") == 3
    console.ok("kubectl exec db-1 -- sh -c 'echo kept > /data/file'; kubectl delete pod db-1")
    console.advance(30)
    assert console.ok("kubectl exec db-1 -- cat /data/file") == "kept\n"
    assert console.ok("kubectl exec db-1 -- hostname -f") == "db-1.db.default.svc.cluster.local\n"
