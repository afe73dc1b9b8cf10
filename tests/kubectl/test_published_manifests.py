"""Manifests that others publish: created, read back, applied, deleted. Not in this repository; skipped where absent."""

import json
from pathlib import Path

import pytest
import yaml

from tests.console import Console

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "manifests.jsonl"
WRITTEN_OTHERWISE = ("stringData", "creationTimestamp")  # kept in another form, or the server's to say
QUANTITY_FIELDS = ("requests", "limits", "hard", "capacity", "default", "defaultRequest", "max", "min", "target")
# What a kubeadm cluster of one family refuses as well: initIPFamilyFields in pkg/registry/core/service/storage/
# alloc.go, and validateParamRef in pkg/apis/admissionregistration/validation (v1 has no default for the field).
REFUSED = {
    "k8s-website/service/networking/dual-stack-prefer-ipv6-lb-svc.yaml": (
        'The Service "my-service" is invalid: spec.ipFamilies[0]: '
        'Invalid value: "IPv6": not configured on this cluster\n'
    ),
    "k8s-website/validatingadmissionpolicy/binding-with-param-prod.yaml": (
        'The ValidatingAdmissionPolicyBinding "replicalimit-binding-nontest" is invalid: '
        "spec.paramRef.parameterNotFoundAction: Required value\n"
    ),
    "k8s-website/validatingadmissionpolicy/binding-with-param.yaml": (
        'The ValidatingAdmissionPolicyBinding "replicalimit-binding-test.example.com" is invalid: '
        "spec.paramRef.parameterNotFoundAction: Required value\n"
    ),
}

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="shared/corpora/manifests.jsonl is not beside the project")


def rows():
    if not CORPUS.exists():
        return []
    return [json.loads(line) for line in CORPUS.read_text().splitlines()]


def furnished(row):
    """A cluster that has what the manifests rely on."""
    console = Console()
    needs = row["needs"]
    for namespace in needs["namespaces"]:
        console.ok(f"kubectl create namespace {namespace}")
    for namespace, name in needs["serviceaccounts"]:
        console.ok(f"kubectl create serviceaccount {name} -n {namespace}")
    console.write("all.yaml", "---\n".join(yaml.safe_dump(obj) for obj in row["objects"]))
    return console


def lost(wanted, found, path=""):
    """The fields of a manifest that the server does not give back."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for field, value in wanted.items():
            if value in (None, {}, [], 0) or field in WRITTEN_OTHERWISE:
                continue
            if field not in found:
                yield f"{path}.{field}"
            elif path.rpartition(".")[2] not in QUANTITY_FIELDS:
                yield from lost(value, found[field], f"{path}.{field}")
    elif isinstance(wanted, list) and isinstance(found, list):
        # The server may add items, such as a service account's token.
        if len(found) < len(wanted):
            yield f"{path} has only {len(found)} items"
        for place, (one, other) in enumerate(zip(wanted, found, strict=False)):
            yield from lost(one, other, f"{path}[{place}]")
    elif str(wanted) != str(found) and "".join(str(wanted).split()) != "".join(str(found).split()):
        yield f"{path}: {wanted!r} is {found!r}"


def reference(obj):
    group, _, version = obj["apiVersion"].rpartition("/")
    kind = f"{obj['kind']}.{version}.{group}" if group else obj["kind"]
    namespace = obj["metadata"].get("namespace")
    return f"{kind.lower()} {obj['metadata']['name']}" + (f" -n {namespace}" if namespace else "")


def check(row):
    console = furnished(row)
    created = console.run("kubectl create -f all.yaml")
    if row["id"] in REFUSED:
        assert (created.stdout, created.stderr, created.exit) == ("", REFUSED[row["id"]], 1)
        return
    assert (created.stderr, created.exit) == ("", 0) or not created.exit, created.stderr
    if row["generate_name"]:
        return
    assert created.stdout == "".join(f"{name} created\n" for name in row["created"])
    for obj in row["objects"]:
        kind = console.cluster.resources.by_gvk(obj["apiVersion"], obj["kind"])
        if not kind.namespaced:  # kubectl takes the namespace off
            obj = {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k != "namespace"}}
        found = yaml.safe_load(console.ok(f"kubectl get {reference(obj)} -o yaml"))
        assert list(lost(obj, found)) == []
    for line in console.ok("kubectl apply -f all.yaml").splitlines():
        assert line.endswith((" configured", " unchanged"))
    console.ok("kubectl delete -f all.yaml --timeout=10m")


def test_every_one_is_created_read_back_applied_and_deleted():
    failures = []
    for row in rows():
        try:
            check(row)
        except Exception as error:
            failures.append(f"{row['id']}: {str(error)[:400]}")
    assert not failures, f"{len(failures)} of {len(rows())}:\n" + "\n".join(failures)
