"""Creating one of each from the command line, and having the YAML for it written instead.

Source: kubernetes.io, tasks/manage-kubernetes-objects/imperative-command; kubectl create's own usage.
"""

import pytest
import yaml

ONE_OF_EACH = {
    "ClusterRole": "clusterrole reader --verb=get,list --resource=pods",
    "ClusterRoleBinding": "clusterrolebinding readers --clusterrole=reader --user=jane",
    "ConfigMap": "configmap conf --from-literal=colour=blue",
    "CronJob": 'cronjob tick --image=busybox --schedule="*/5 * * * *" -- date',
    "Deployment": "deployment web --image=nginx --replicas=2",
    "Ingress": 'ingress web --rule="example.com/=web:80"',
    "Job": "job once --image=busybox -- date",
    "Namespace": "namespace space",
    "PodDisruptionBudget": "poddisruptionbudget guard --selector=app=web --min-available=1",
    "PriorityClass": 'priorityclass high --value=1000 --description="first"',
    "ResourceQuota": "quota most --hard=pods=10",
    "Role": "role reader --verb=get --resource=pods",
    "RoleBinding": "rolebinding readers --role=reader --user=jane",
    "Secret": "secret generic hidden --from-literal=password=x",
    "Service": "service clusterip web --tcp=80:8080",
    "ServiceAccount": "serviceaccount robot",
}


def split(line):
    """Options go before the command that a container is to run."""
    options, dashes, command = line.partition(" -- ")
    return options, dashes + command


@pytest.mark.parametrize("kind", ONE_OF_EACH)
def test_each_kind_is_created_by_a_line_or_by_the_yaml_that_the_line_writes(console, kind):
    options, command = split(ONE_OF_EACH[kind])
    written = console.ok(f"kubectl create {options} --dry-run=client -o yaml{command}")
    manifest = yaml.safe_load(written)
    name = manifest["metadata"]["name"]
    assert manifest["kind"] == kind
    console.ok(f"kubectl create {ONE_OF_EACH[kind]}")
    created = console.get(kind, name)
    console.ok(f"kubectl delete {kind.lower()} {name}")
    assert console.ok("kubectl create -f -", written).endswith(f"/{name} created\n")
    again = console.get(kind, name)
    assert {field: again.get(field) for field in manifest if field not in ("metadata", "status")} == {
        field: created.get(field) for field in manifest if field not in ("metadata", "status")
    } or kind in ("Job", "Service"), "but for what the cluster chooses itself"
    assert f'"{name}" already exists' in console.fails(f"kubectl create {ONE_OF_EACH[kind]}")


def test_what_is_asked_of_the_client_alone_is_not_there(console):
    console.ok("kubectl create deployment web --image=nginx --dry-run=client")
    console.ok("kubectl create deployment web --image=nginx --dry-run=server")
    assert console.get("deployment", "web") is None


def test_a_token_is_made_for_a_serviceaccount(console):
    console.ok("kubectl create serviceaccount robot")
    token = console.ok("kubectl create token robot --duration=10m").strip()
    assert token.count(".") == 2
    who = console.ok(f"kubectl --token={token} auth whoami -o jsonpath={{.status.userInfo.username}}")
    assert who == "system:serviceaccount:default:robot"


def test_the_help_lists_what_can_be_created(console):
    told = console.ok("kubectl create --help")
    names = "clusterrole clusterrolebinding configmap cronjob deployment ingress job namespace poddisruptionbudget "
    names += "priorityclass quota role rolebinding secret service serviceaccount token"
    listed = {line.split()[0] for line in told.splitlines() if line.startswith("  ") and line.split()}
    assert set(names.split()) <= listed


def test_a_line_that_lacks_something_says_what(console):
    assert console.fails("kubectl create job").startswith("error: exactly one NAME is required, got 0")
    assert "invalid argument" in console.fails("kubectl create deployment web --image=nginx --replicas=many")
    assert console.fails("kubectl create role r --verb=get") == "error: at least one resource must be specified\n"
