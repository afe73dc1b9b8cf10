"""kubectl create ingress (kubectl/pkg/cmd/create/create_ingress.go)."""

from __future__ import annotations

import re

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import CREATION, Creation
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag

_RULE = re.compile(r"(?P<host>[^/]*)/(?P<path>[^=]*)=(?P<service>[^:,]+):(?P<port>[^,]+)(?P<tls>,tls(=[^,]*)?)?")


def run(call: Call) -> None:
    """Creates an Ingress."""
    creation = Creation(call)
    flags = call.flags
    rules, default = flags.items("rule"), flags.text("default-backend")
    if not default and not rules:
        raise CommandError(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all "
            "traffic) or a list of rules (which catch specific paths)"
        )
    for rule in rules:
        if not _RULE.fullmatch(rule):
            raise CommandError(
                f"rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            )
    annotations = {}
    for annotation in flags.items("annotation"):
        key, equals, value = annotation.partition("=")
        if not equals:
            raise CommandError(f"annotation {annotation} is invalid and should be in format key=[value]")
        annotations[key] = value
    if default and default.count(":") != 1:
        raise CommandError("default-backend should be in format servicename:serviceport")
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": creation.metadata(annotations=annotations),
        "spec": _spec(flags.text("class"), default, rules),
    }
    creation.create(ingress, "failed to create ingress")


def _spec(ingress_class: str, default: str, rules: list[str]) -> Object:
    spec: Object = {}
    if ingress_class:
        spec["ingressClassName"] = ingress_class
    if default:
        spec["defaultBackend"] = _backend(*default.split(":"))
    if tls := _tls(rules):
        spec["tls"] = tls
    if rules:
        spec["rules"] = _rules(rules)
    return spec


def _backend(service: str, port: str) -> Object:
    numbered = re.fullmatch("[0-9]+", port) is not None
    return {"service": {"name": service, "port": {"number": int(port)} if numbered else {"name": port}}}


def _tls(rules: list[str]) -> list[Object]:
    """Returns one entry for each secret; a host goes into the first that names it."""
    entries: list[Object] = []
    seen: set[str] = set()
    for rule in rules:
        parts = rule.split(",")
        host = rule.partition("/")[0]
        if len(parts) != 2 or host in seen:
            continue
        seen.add(host)
        secret = parts[1].partition("=")[2]
        same = next((entry for entry in entries if entry.get("secretName", "") == secret), None)
        if same is not None:
            same.setdefault("hosts", []).append(host)
            continue
        entry: Object = ({"hosts": [host]} if host else {}) | ({"secretName": secret} if secret else {})
        if entry:
            entries.append(entry)
    return entries


def _rules(rules: list[str]) -> list[Object]:
    found: dict[str, Object] = {}
    for rule in rules:
        host, _, rest = rule.partition(",")[0].partition("/")
        path, service = rest.split("=")[:2]
        kind, path = ("Prefix", "/" + path[:-1]) if path.endswith("*") else ("Exact", "/" + path)
        name, port = service.split(":")[:2]
        entry = found.setdefault(host, ({"host": host} if host else {}) | {"http": {"paths": []}})
        entry["http"]["paths"].append({"path": path, "pathType": kind, "backend": _backend(name, port)})
    return list(found.values())


COMMAND = Command(
    path="create ingress",
    usage="create ingress NAME --rule=host/path=service:port[,tls[=secret]] ",
    short="Create an ingress with the given name",
    run=run,
    aliases=("ing",),
    examples="""
# An ingress named 'simple' that leads foo.com/bar to port 8080 of svc1, with TLS by the secret "my-cert"
kubectl create ingress simple --rule="foo.com/bar=svc1:8080,tls=my-cert"

# A catch-all ingress of "/path" that leads to service svc:port, of the ingress class "otheringress"
kubectl create ingress catch-all --class=otheringress --rule="/path=svc:port"

# Two annotations
kubectl create ingress annotated --class=default --rule="foo.com/bar=svc:port" --annotation ingress.annotation1=foo

# Several paths of one host
kubectl create ingress multipath --class=default --rule="foo.com/=svc:port" --rule="foo.com/admin/=svcadmin:portadmin"

# Several hosts, with paths of type Prefix
kubectl create ingress ingress1 --class=default --rule="foo.com/path*=svc:8080" --rule="bar.com/admin*=svc2:http"

# TLS with the ingress's own certificate
kubectl create ingress ingtls --class=default --rule="foo.com/=svc:https,tls" --rule="foo.com/path/*=other:8080"

# TLS by a secret
kubectl create ingress ingsecret --class=default --rule="foo.com/*=svc:8080,tls=secret1"

# A service that gets what no rule matches
kubectl create ingress ingdefault --default-backend=defaultsvc:http --rule="foo.com/*=svc:8080"
""",
    flags=(
        *CREATION,
        Flag("annotation", "array", [], "Annotation to put, written annotation=value"),
        Flag("class", "string", "", "The ingress class"),
        Flag("default-backend", "string", "", "Service that gets what no rule matches, written svcname:port"),
        Flag(
            "rule",
            "array",
            [],
            "A rule, written host/path=service:port[,tls=secretname]. A path that ends in '*' is of type Prefix. "
            "tls without a secret leaves the certificate to the ingress controller.",
        ),
    ),
)
