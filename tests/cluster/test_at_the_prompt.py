"""What a learner is told of the API server's refusals, by kubectl."""

import yaml

from tests.cluster.lab import deployment

MANIFESTS = "/etc/kubernetes/manifests"
REFUSED = "The connection to the server 192.168.100.11:6443 was refused - did you specify the right host or port?\n"


def stop(console, component):
    from kubelab.cluster.node import machinefiles

    files = machinefiles.of(console.cluster, "control-plane")
    text = files.read(f"{MANIFESTS}/{component}.yaml")
    files.remove(f"{MANIFESTS}/{component}.yaml")
    console.advance(60)
    return lambda: (files.write(f"{MANIFESTS}/{component}.yaml", text), console.advance(90))


def test_kubectl_is_refused_while_the_api_is_down(console):
    for component in ("kube-apiserver", "etcd"):
        back = stop(console, component)
        assert console.fails("kubectl get pods") == REFUSED
        back()
        assert console.ok("kubectl get nodes -o name") == "node/control-plane\nnode/worker-1\nnode/worker-2\n"


def test_an_unknown_field_is_named_with_its_place(console):
    manifest = deployment()
    manifest["spec"]["template"]["spec"]["containers"][0]["imagePullPolic"] = "Always"
    console.write("web.yaml", yaml.safe_dump(manifest))
    assert console.fails("kubectl apply -f web.yaml") == (
        'Error from server (BadRequest): error when creating "web.yaml": Deployment in version "v1" cannot be handled '
        'as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagePullPolic"\n'
    )


def test_an_invalid_object_is_told_fault_by_fault(console):
    manifest = deployment()
    manifest["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    console.write("web.yaml", yaml.safe_dump(manifest))
    assert console.fails("kubectl create -f web.yaml") == (
        'The Deployment "web" is invalid: \n'
        '* spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`\n'
        "* spec.template.spec.containers[0].image: Required value\n"
    )
