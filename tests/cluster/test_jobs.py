"""Jobs: Pods that run to their end, as many as are asked for, with patience for failures.

Source: kubernetes.io, concepts/workloads/controllers/job; pkg/controller/job.
"""

import pytest
import yaml


def job(name="work", command=("sh", "-c", "sleep 5"), restart="Never", **spec):
    template = {"spec": {"restartPolicy": restart, "containers": [
        {"name": "main", "image": "busybox:1.36", "command": list(command)}]}}  # fmt: skip
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {**spec, "template": template}}


def status(console, name="work"):
    return console.get("job", name)["status"]


def conditions(console, name="work"):
    return [(found["type"], found["status"], found.get("reason")) for found in status(console, name)["conditions"]]


def events(console, name="work"):
    lines = console.ok(f"kubectl events --for job/{name} --no-headers").splitlines()
    return [tuple(line.split(None, 4)[1:3] + line.split(None, 4)[4:]) for line in lines]


def names(console, selector="job-name=work"):
    return console.ok(f"kubectl get pods -l {selector} -o name").split()


def test_a_job_runs_to_its_end(console):
    assert console.ok("kubectl create job work --image=busybox -- sh -c 'echo done; sleep 3'") == (
        "job.batch/work created\n"
    )
    console.advance(1)
    assert "work   Running   0/1           1s         1s\n" in console.ok("kubectl get jobs")
    assert status(console) == {
        "active": 1, "ready": 0, "terminating": 0, "startTime": "2026-01-01T00:00:00Z", "uncountedTerminatedPods": {},
    }  # fmt: skip
    assert console.ok("kubectl wait --for=condition=complete job/work") == "job.batch/work condition met\n"
    assert "work   Complete   1/1" in console.ok("kubectl get jobs")
    assert console.ok("kubectl logs job/work") == "done\n"
    reached = ("True", "CompletionsReached")
    assert conditions(console) == [("SuccessCriteriaMet", *reached), ("Complete", *reached)]
    pod = names(console)[0].removeprefix("pod/")
    assert events(console) == [
        ("Normal", "SuccessfulCreate", f"Created pod: {pod}"), ("Normal", "Completed", "Job completed"),
    ]  # fmt: skip
    console.advance(600)
    assert "0/1     Completed" in console.ok("kubectl get pods")


def test_it_gets_a_selector_and_labels_that_are_its_own(console):
    console.apply(job())
    console.advance(1)
    found = console.get("job", "work")
    uid = found["metadata"]["uid"]
    marks = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": "work",
             "controller-uid": uid, "job-name": "work"}  # fmt: skip
    assert found["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert found["metadata"]["labels"] == found["spec"]["template"]["metadata"]["labels"] == marks
    pod = yaml.safe_load(console.ok("kubectl get pods -o yaml"))["items"][0]
    assert pod["metadata"]["labels"] == marks
    assert pod["metadata"]["finalizers"] == ["batch.kubernetes.io/job-tracking"]
    console.advance(15)
    assert "finalizers" not in console.ok("kubectl get pods -o yaml")


def test_failures_are_repeated_later_each_time_until_the_limit(console):
    console.apply(job(command=("sh", "-c", "exit 3"), backoffLimit=2))
    console.advance(100)
    created = [found["metadata"]["creationTimestamp"][14:19]
               for found in yaml.safe_load(console.ok("kubectl get pods -o yaml"))["items"]]  # fmt: skip
    first, second, third = sorted(created)
    assert (first, "00:10" <= second <= "00:13") == ("00:00", True)  # 10 s after the failure
    assert "00:30" <= third <= "00:36"  # 20 s after the second
    assert conditions(console) == [
        ("FailureTarget", "True", "BackoffLimitExceeded"), ("Failed", "True", "BackoffLimitExceeded"),
    ]  # fmt: skip
    assert status(console)["failed"] == 3
    assert events(console)[-1] == (
        "Warning", "BackoffLimitExceeded", "Job has reached the specified backoff limit",
    )  # fmt: skip
    assert "work   Failed   0/1" in console.ok("kubectl get jobs")


def test_parallelism_bounds_how_many_run_at_once(console):
    console.apply(job(parallelism=2, completions=5))
    most = 0
    for _ in range(60):
        console.advance(1)
        most = max(most, status(console).get("active", 0))
    assert most == 2
    assert (status(console)["succeeded"], len(names(console))) == (5, 5)


def test_an_indexed_job_gives_each_pod_its_index(console):
    console.apply(job(completionMode="Indexed", completions=3, parallelism=3,
                      command=("sh", "-c", "echo $JOB_COMPLETION_INDEX on $(hostname)")))  # fmt: skip
    console.advance(20)
    assert console.ok("kubectl logs -l job-name=work").splitlines() == ["0 on work-0", "1 on work-1", "2 on work-2"]
    assert (status(console)["completedIndexes"], status(console)["succeeded"]) == ("0-2", 3)
    second = yaml.safe_load(console.ok("kubectl get pods -l batch.kubernetes.io/job-completion-index=1 -o yaml"))
    metadata = second["items"][0]["metadata"]
    assert metadata["annotations"]["batch.kubernetes.io/job-completion-index"] == "1"
    assert metadata["generateName"] == "work-1-"


def test_an_index_may_have_a_limit_of_its_own(console):
    console.apply(job(completionMode="Indexed", completions=3, parallelism=3, backoffLimitPerIndex=1,
                      command=("sh", "-c", "[ $JOB_COMPLETION_INDEX != 1 ]")))  # fmt: skip
    console.advance(60)
    found = status(console)
    assert (found["completedIndexes"], found["failedIndexes"], found["failed"]) == ("0,2", "1", 2)
    assert events(console)[-1] == ("Warning", "FailedIndexes", "Job has failed indexes")


def test_a_deadline_ends_it(console):
    console.apply(job(command=("sleep", "500"), activeDeadlineSeconds=20))
    console.advance(25)
    assert ("FailureTarget", "True", "DeadlineExceeded") in conditions(console)
    assert "work   FailureTarget" in console.ok("kubectl get jobs")  # its Pod still ends
    console.advance(40)
    assert "work   Failed" in console.ok("kubectl get jobs")
    assert [reason for _, reason, _ in events(console)] == ["SuccessfulCreate", "SuccessfulDelete", "DeadlineExceeded"]
    assert names(console) == []


def test_suspending_deletes_its_pods_and_resuming_begins_anew(console):
    console.apply(job(command=("sleep", "30"), activeDeadlineSeconds=50))
    console.advance(10)
    console.ok("""kubectl patch job work -p '{"spec":{"suspend":true}}'""")
    console.advance(60)
    assert "work   Suspended" in console.ok("kubectl get jobs")
    assert (names(console), status(console).get("failed")) == ([], None)
    console.ok("""kubectl patch job work -p '{"spec":{"suspend":false}}'""")
    console.advance(45)
    assert "work   Complete" in console.ok("kubectl get jobs")
    assert [reason for _, reason, _ in events(console)] == [
        "SuccessfulCreate", "SuccessfulDelete", "Suspended", "SuccessfulCreate", "Resumed", "Completed",
    ]  # fmt: skip


def test_it_is_deleted_when_its_time_is_over(console):
    console.apply(job(ttlSecondsAfterFinished=30))
    console.advance(30)
    assert "Complete" in console.ok("kubectl get jobs")
    console.advance(15)
    assert console.run("kubectl get jobs,pods").stderr == "No resources found in default namespace.\n"


def test_a_pod_failure_policy_ends_it_at_once(console):
    rule = {"action": "FailJob", "onExitCodes": {"containerName": "main", "operator": "In", "values": [42]}}
    console.apply(job(command=("sh", "-c", "exit 42"), podFailurePolicy={"rules": [rule]}))
    console.advance(20)
    pod = names(console)[0].removeprefix("pod/")
    why = f"Container main for pod default/{pod} failed with exit code 42 matching FailJob rule at index 0"
    assert events(console)[-1] == ("Warning", "PodFailurePolicy", why)
    assert console.get("job", "work")["spec"]["podReplacementPolicy"] == "Failed"


def test_what_a_policy_ignores_does_not_count(console):
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [3]}}
    console.apply(job(command=("sh", "-c", "exit 3"), podFailurePolicy={"rules": [rule]}, backoffLimit=0))
    console.advance(60)
    assert "failed" not in status(console)
    assert len(names(console)) > 2


def test_some_indexes_may_be_enough(console):
    policy = {"rules": [{"succeededIndexes": "0", "succeededCount": 1}]}
    console.apply(job(completionMode="Indexed", completions=2, parallelism=2, successPolicy=policy,
                      command=("sh", "-c", "[ $JOB_COMPLETION_INDEX = 0 ] || sleep 500")))  # fmt: skip
    console.advance(60)
    assert conditions(console) == [
        ("SuccessCriteriaMet", "True", "SuccessPolicy"),
        ("Complete", "True", "SuccessPolicy"),
    ]
    assert status(console)["completedIndexes"] == "0"


def test_restarts_in_place_count_towards_the_limit(console):
    console.apply(job(command=("sh", "-c", "exit 1"), restart="OnFailure", backoffLimit=2))
    console.advance(90)
    assert [reason for _, reason, _ in events(console)] == [
        "SuccessfulCreate", "SuccessfulDelete", "BackoffLimitExceeded",
    ]  # fmt: skip


def test_a_deleted_pod_is_replaced_and_counts_as_failed(console):
    console.apply(job(command=("sleep", "60")))
    console.advance(5)
    console.ok(f"kubectl delete {names(console)[0]} --now")
    console.advance(20)
    assert (status(console)["failed"], status(console)["active"]) == (1, 1)


def test_deleting_it_deletes_its_pods_unless_they_are_to_stay(console):
    console.apply(job(command=("sleep", "100")), job("other", command=("sleep", "100")))
    console.advance(5)
    console.ok("kubectl delete job work")
    console.ok("kubectl delete job other --cascade=orphan")
    console.advance(40)
    assert names(console) == []
    orphan = yaml.safe_load(console.ok("kubectl get pods -l job-name=other -o yaml"))["items"][0]["metadata"]
    assert ("ownerReferences" in orphan, "finalizers" in orphan) == (False, False)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (job(restart="Always"),
         'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'),
        (job(parallelism=-1), "spec.parallelism: Invalid value: -1: must be greater than or equal to 0"),
        (job(completionMode="Indexed", parallelism=1),
         "spec.completions: Required value: when completion mode is Indexed"),
        (job(backoffLimitPerIndex=1), "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode"),
        (job(selector={"matchLabels": {"a": "b"}}),
         'spec.template.metadata.labels: Invalid value: {LABELS}: `selector` does not match template `labels`'),
    ],
)  # fmt: skip
def test_it_has_to_make_sense(console, manifest, words):
    console.write("job.yaml", yaml.safe_dump(manifest))
    told = console.fails("kubectl create -f job.yaml")
    assert told.startswith('The Job "work" is invalid: ')
    assert words.partition("{LABELS}")[0] in told
    assert words.rpartition("{LABELS}")[2] in told


def test_completions_and_template_are_fixed(console):
    console.apply(job())
    assert console.fails("""kubectl patch job work -p '{"spec":{"completions":7}}'""") == (
        'The Job "work" is invalid: spec.completions: Invalid value: 7: field is immutable\n'
    )
    assert "spec.template: Invalid value: " in console.fails("kubectl set image job/work main=busybox:1.37")
    console.ok("""kubectl patch job work -p '{"spec":{"parallelism":3}}'""")
