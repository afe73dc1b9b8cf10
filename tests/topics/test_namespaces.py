"""Topic namespaces: they divide a cluster, and take all that is in them along.

Source: kubernetes.io, concepts/overview/working-with-objects/namespaces.
"""

import pytest


@pytest.fixture
def dev(console):
    console.ok("kubectl create namespace dev")
    console.ok("kubectl config set-context --current --namespace=dev")
    console.ok("kubectl create deployment web --image=nginx --replicas=2")
    console.ok("kubectl create configmap settings --from-literal=a=1")
    console.advance(20)
    return console


def test_a_context_leads_into_a_namespace(dev):
    assert "web" in dev.ok("kubectl get deployments")
    assert dev.run("kubectl get deployments -n default").stderr == "No resources found in default namespace.\n"


def test_a_namespace_takes_along_what_is_in_it(dev):
    assert dev.ok("kubectl delete namespace dev") == 'namespace "dev" deleted\n'
    assert dev.run("kubectl get all -n dev").stderr == "No resources found in dev namespace.\n"
    gone = dev.run("kubectl create configmap c -n dev --from-literal=a=1")
    assert gone.stderr == 'error: failed to create configmap: namespaces "dev" not found\n'


def test_a_finalizer_keeps_a_namespace_terminating_and_its_conditions_tell_which(dev):
    dev.ok("""kubectl patch configmap settings --type=merge -p '{"metadata": {"finalizers": ["example.com/hold"]}}'""")
    dev.ok("kubectl delete namespace dev --wait=false")
    dev.advance(40)
    assert dev.ok("kubectl get namespace dev --no-headers").split()[1] == "Terminating"
    told = dev.ok("kubectl get namespace dev -o jsonpath='{.status.conditions[*].message}'")
    assert "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances" in told
    assert dev.ok("kubectl get all,configmaps -o name") == "configmap/settings\n"
    refused = dev.run("kubectl create configmap more --from-literal=a=1")
    assert "because it is being terminated" in refused.stderr
    dev.ok("""kubectl patch configmap settings --type=merge -p '{"metadata": {"finalizers": null}}'""")
    dev.advance(30)
    assert "NotFound" in dev.run("kubectl get namespace dev").stderr


def test_some_namespaces_stay_and_some_kinds_are_in_none(console):
    refused = console.run("kubectl delete namespace kube-system")
    assert 'namespaces "kube-system" is forbidden: this namespace may not be deleted' in refused.stderr
    outside = console.ok("kubectl api-resources --namespaced=false -o name").split()
    assert {"nodes", "namespaces", "persistentvolumes"} <= set(outside)
    assert not {"pods", "services", "persistentvolumeclaims"} & set(outside)
