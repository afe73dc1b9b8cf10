"""CronJobs: Jobs that are made when their time has come.

Source: kubernetes.io, concepts/workloads/controllers/cron-jobs; pkg/controller/cronjob.
"""

import pytest
import yaml


def cronjob(schedule="* * * * *", command=("true",), **spec):
    template = {"spec": {"restartPolicy": "Never", "containers": [
        {"name": "main", "image": "busybox:1.36", "command": list(command)}]}}  # fmt: skip
    job = {"spec": {"backoffLimit": 0, "template": template}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"},
            "spec": {"schedule": schedule, "jobTemplate": job, **spec}}  # fmt: skip


def jobs(console):
    return [job["metadata"]["name"] for job in yaml.safe_load(console.ok("kubectl get jobs -o yaml"))["items"]]


def events(console, reason=""):
    lines = console.ok("kubectl events --for cronjob/tick --no-headers").splitlines()
    found = [line.split(None, 4) for line in lines]
    return [(parts[2], parts[4]) for parts in found if parts[2] == reason or not reason]


def test_a_job_is_made_each_minute_and_three_are_kept(console):
    assert console.ok("kubectl create cronjob tick --image=busybox --schedule='*/1 * * * *' -- date") == (
        "cronjob.batch/tick created\n"
    )
    assert console.ok("kubectl get cronjobs").splitlines()[1].split() == [
        "tick", "*/1", "*", "*", "*", "*", "<none>", "False", "0", "<none>", "0s",
    ]  # fmt: skip
    console.advance(61)
    assert console.ok("kubectl get cronjobs").splitlines()[1].split()[-3:] == ["1", "1s", "61s"]
    assert jobs(console) == ["tick-29453761"]  # minutes since the epoch
    console.advance(4 * 60 + 10)
    assert jobs(console) == [f"tick-{29453763 + number}" for number in range(3)]
    assert events(console)[:2] == [
        ("SuccessfulCreate", "Created job tick-29453761"),
        ("SawCompletedJob", "Saw completed job: tick-29453761, status: Complete"),
    ]
    assert ("SuccessfulDelete", "Deleted job tick-29453761") in events(console)
    status = console.get("cronjob", "tick")["status"]
    assert status["lastScheduleTime"] == "2026-01-01T00:05:00Z"
    assert status["lastSuccessfulTime"].startswith("2026-01-01T00:05:0")


def test_the_job_knows_when_it_was_meant_to_run(console):
    console.apply(cronjob("30 2 * * *", timeZone="Europe/Berlin"))
    console.advance(86400)
    made = yaml.safe_load(console.ok("kubectl get jobs -o yaml"))["items"]
    assert [job["metadata"]["annotations"] for job in made] == [
        {"batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T02:30:00+01:00"}
    ]
    assert "Europe/Berlin" in console.ok("kubectl get cronjobs")


def test_days_pass_quickly_when_nothing_is_due(console):
    console.apply(cronjob("@monthly"))
    console.advance(60 * 86400)
    assert jobs(console) == ["tick-29498400", "tick-29538720"]  # 1 February, 1 March


def test_forbid_waits_for_the_one_that_runs(console):
    console.apply(cronjob(command=("sleep", "90"), concurrencyPolicy="Forbid"))
    console.advance(125)
    assert jobs(console) == ["tick-29453761"]
    why = "Not starting job because prior execution is running and concurrency policy is Forbid"
    assert events(console, "JobAlreadyActive") == [("JobAlreadyActive", why)]
    console.advance(50)
    assert "tick-29453762" in jobs(console)  # made late, when the first had ended


def test_replace_ends_the_one_that_runs(console):
    console.apply(cronjob(command=("sleep", "500"), concurrencyPolicy="Replace"))
    console.advance(125)
    assert jobs(console) == ["tick-29453762"]
    assert events(console, "SuccessfulDelete") == [("SuccessfulDelete", "Deleted job tick-29453761")]


def test_allow_lets_them_run_beside_each_other(console):
    console.apply(cronjob(command=("sleep", "500")))
    console.advance(190)
    assert len(console.get("cronjob", "tick")["status"]["active"]) == 3


def test_one_failed_job_is_kept(console):
    console.apply(cronjob(command=("false",)))
    console.advance(200)
    assert jobs(console) == ["tick-29453763"]
    assert events(console, "SawCompletedJob")[0][1] == "Saw completed job: tick-29453761, status: Failed"


def test_what_was_missed_while_suspended_runs_once_afterwards(console):
    console.apply(cronjob(suspend=True))
    console.advance(600)
    assert jobs(console) == []
    console.ok("""kubectl patch cronjob tick -p '{"spec":{"suspend":false}}'""")
    console.advance(1)
    assert jobs(console) == ["tick-29453770"]


def test_it_is_too_late_after_the_deadline(console):
    console.apply(cronjob("0 * * * *", suspend=True, startingDeadlineSeconds=60))
    console.advance(3700)
    console.ok("""kubectl patch cronjob tick -p '{"spec":{"suspend":false}}'""")
    console.advance(1)
    assert jobs(console) == []
    console.advance(3600)
    assert jobs(console) == ["tick-29453880"]


def test_more_than_a_hundred_missed_times_are_told(console):
    console.apply(cronjob(suspend=True))
    console.advance(2 * 3600)
    console.ok("""kubectl patch cronjob tick -p '{"spec":{"suspend":false}}'""")
    console.advance(1)
    why = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
    assert events(console, "TooManyMissedTimes") == [("TooManyMissedTimes", why)]
    assert jobs(console) == ["tick-29453880"]


def test_one_can_be_started_by_hand(console):
    console.apply(cronjob("@yearly"))
    assert console.ok("kubectl create job now --from=cronjob/tick") == "job.batch/now created\n"
    console.advance(20)
    assert jobs(console) == ["now"]
    assert "now    Complete   1/1" in console.ok("kubectl get jobs")


def test_deleting_it_deletes_its_jobs_and_pods(console):
    console.apply(cronjob())
    console.advance(90)
    console.ok("kubectl delete cronjob tick")
    console.advance(5)
    assert console.run("kubectl get jobs,pods").stderr == "No resources found in default namespace.\n"


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("61 * * * *", "end of range (61) above maximum (59): 61"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("@often", "unrecognized descriptor: @often"),
    ],
)
def test_a_schedule_has_to_be_one(console, schedule, why):
    told = console.fails(f"kubectl create cronjob tick --image=busybox --schedule='{schedule}'")
    what = f'spec.schedule: Invalid value: "{schedule}": {why}\n'
    assert told == f'error: failed to create cronjob: CronJob.batch "tick" is invalid: {what}'


def test_a_time_zone_has_to_exist(console):
    console.write("c.yaml", yaml.safe_dump(cronjob(timeZone="Europe/Nowhere")))
    assert console.fails("kubectl create -f c.yaml") == (
        'The CronJob "tick" is invalid: spec.timeZone: Invalid value: "Europe/Nowhere": '
        "unknown time zone Europe/Nowhere\n"
    )
