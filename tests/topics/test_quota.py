"""ResourceQuota and LimitRange: defaults given, and what is beyond refused in the server's words.

Source: kubernetes.io, concepts/policy/resource-quotas; tasks/administer-cluster/manage-resources.
"""

import json

LIMITS = """
apiVersion: v1
kind: LimitRange
metadata: {name: defaults}
spec:
  limits:
  - type: Container
    default: {memory: 512Mi}
    defaultRequest: {cpu: 100m, memory: 256Mi}
"""
HARD = "pods=3,requests.cpu=1,requests.memory=1Gi,limits.memory=2Gi,services=2,count/deployments.apps=1"
POD = """
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec: {{containers: [{{name: c, image: nginx, resources: {{requests: {{cpu: {cpu}, memory: 128Mi}},
  limits: {{memory: 128Mi}}}}}}]}}
"""


def used(console, quota="q"):
    return console.get("quota", quota)["status"]["used"]


def test_a_quota_says_what_is_used_of_it(console):
    console.ok(f"kubectl create quota q --hard={HARD}")
    assert console.ok("kubectl describe quota q").splitlines()[2:] == [
        "Resource                Used  Hard",
        "--------                ----  ----",
        "count/deployments.apps  0     1",
        "limits.memory           0     2Gi",
        "pods                    0     3",
        "requests.cpu            0     1",
        "requests.memory         0     1Gi",
        "services                1     2",
    ]


def test_a_pod_that_does_not_say_what_it_wants_is_refused_until_a_limitrange_says_it(console):
    console.ok(f"kubectl create quota q --hard={HARD}")
    assert console.fails("kubectl run web --image=nginx") == (
        'Error from server (Forbidden): pods "web" is forbidden: failed quota: q: '
        "must specify limits.memory for: web; requests.cpu for: web; requests.memory for: web\n"
    )
    console.apply(LIMITS)
    console.ok("kubectl run web --image=nginx")
    assert used(console) == {
        "count/deployments.apps": "0", "limits.memory": "512Mi", "pods": "1", "requests.cpu": "100m",
        "requests.memory": "256Mi", "services": "1",
    }  # fmt: skip


def test_what_is_beyond_a_quota_is_refused_with_what_is_used_and_what_there_is(console):
    console.ok(f"kubectl create quota q --hard={HARD}")
    console.ok("kubectl apply -f -", POD.format(name="large", cpu="700m"))
    assert console.fails("kubectl create -f -", POD.format(name="larger", cpu="400m")) == (
        'Error from server (Forbidden): error when creating "STDIN": pods "larger" is forbidden: exceeded quota: q, '
        "requested: requests.cpu=400m, used: requests.cpu=700m, limited: requests.cpu=1\n"
    )
    console.ok("kubectl create service clusterip one --tcp=80")
    assert "exceeded quota: q, requested: services=1, used: services=2, limited: services=2" in console.fails(
        "kubectl create service clusterip two --tcp=80"
    )
    assert used(console)["services"] == "2", "what was refused is not counted"


def test_what_is_deleted_or_has_ended_counts_no_longer(console):
    console.ok("kubectl create quota q --hard=pods=1,count/jobs.batch=1")
    console.ok("kubectl create job once --image=busybox -- true")
    console.advance(10)
    assert used(console) == {"count/jobs.batch": "1", "pods": "0"}
    console.ok("kubectl delete job once")
    console.advance(1)
    assert used(console) == {"count/jobs.batch": "0", "pods": "0"}
    console.ok("kubectl run web --image=nginx")
    assert "exceeded quota" in console.fails("kubectl run two --image=nginx")
    console.ok("kubectl delete pod web")
    console.advance(1)
    console.ok("kubectl run two --image=nginx")


def test_a_replicaset_tells_in_events_why_it_cannot_have_its_pods(console):
    console.ok("kubectl create quota q --hard=pods=2")
    console.ok("kubectl create deployment web --image=nginx --replicas=3")
    console.advance(20)
    assert console.ok("kubectl get deployment web --no-headers").split()[1] == "2/3"
    assert "forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2" in console.ok(
        "kubectl get events --field-selector reason=FailedCreate"
    )
    console.ok('kubectl patch quota q --type=merge -p \'{"spec":{"hard":{"pods":"3"}}}\'')
    console.advance(60)
    assert console.ok("kubectl get deployment web --no-headers").split()[1] == "3/3"


def test_a_quota_with_a_scope_counts_only_what_is_in_it(console):
    console.ok("kubectl create quota best --hard=pods=1 --scopes=BestEffort")
    console.ok("kubectl create quota other --hard=pods=5 --scopes=NotBestEffort")
    console.ok("kubectl run free --image=nginx")
    console.ok("kubectl apply -f -", POD.format(name="bound", cpu="100m"))
    assert (used(console, "best"), used(console, "other")) == ({"pods": "1"}, {"pods": "1"})
    assert "exceeded quota: best" in console.fails("kubectl run free2 --image=nginx")


def test_what_cannot_be_limited_is_refused(console):
    assert console.fails("kubectl create quota q --hard=bananas=1") == (
        'error: failed to create quota: ResourceQuota "q" is invalid: spec.hard[bananas]: '
        'Invalid value: "bananas": must be a standard resource for quota\n'
    )


def test_a_dry_run_uses_nothing(console):
    console.ok("kubectl create quota q --hard=pods=1")
    console.ok("kubectl run web --image=nginx --dry-run=server")
    assert used(console) == {"pods": "0"}


def test_a_quota_may_be_for_claims_of_a_volume_attributes_class(console):
    """kubernetes.io, concepts/policy/resource-quotas (Resource quota per VolumeAttributesClass)."""
    console.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "gold"},
            "spec": {
                "hard": {"requests.storage": "10Gi"},
                "scopeSelector": {
                    "matchExpressions": [{"scopeName": "VolumeAttributesClass", "operator": "In", "values": ["gold"]}]
                },
            },
        }
    )
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "plain"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}},
    }
    console.apply(claim)  # of no class, and not counted
    golden = {**claim, "metadata": {"name": "golden"}, "spec": {**claim["spec"], "volumeAttributesClassName": "gold"}}
    console.files.write("/home/learner/golden.yaml", json.dumps(golden))
    assert "exceeded quota: gold, requested: requests.storage=20Gi" in console.fails("kubectl create -f golden.yaml")
