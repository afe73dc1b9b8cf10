"""kubectl auth can-i (kubectl/pkg/cmd/auth/cani.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, Exit
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.tabwriter import TabWriter

_TWO = (
    "you must specify two arguments: verb resource or verb resource/resourceName.\n"
    "See 'kubectl auth can-i -h' for help and examples."
)
_VERBS = frozenset(
    """
    get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest
    """.split()
)
_URL_VERBS = frozenset("get put post head options delete patch *".split())
_BY_NAME_ONLY = ("users", "groups")  # for impersonation: no client can discover them


def run(call: Call) -> None:
    """Asks the server whether the caller may do something, or what they may do."""
    flags = call.flags
    if flags.on("list"):
        if call.args:
            raise CommandError("list option must be specified with no arguments")
        if flags.on("quiet") or flags.on("all-namespaces") or flags.text("subresource"):
            raise CommandError(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options"
            )
        _list(call)
        return
    if len(call.args) != 2:
        raise CommandError(_TWO)
    review = _review(call, *call.args)
    if flags.on("no-headers"):
        raise CommandError("--no-headers cannot be set without --list specified")
    status = _ask(call, "selfsubjectaccessreviews", review)
    if not flags.on("quiet"):
        reasons = [status[name] for name in ("reason", "evaluationError") if status.get(name)]
        call.say("yes" if status["allowed"] else " - ".join(["no", *reasons]))
    if not status["allowed"]:
        raise Exit(1)


def _ask(call: Call, resource: str, spec: Object) -> Object:
    kind = call.kinds.find(resource)
    if kind is None:
        raise CommandError("the server could not find the requested resource")
    body = {"kind": kind.name, "apiVersion": kind.api_version, "spec": spec}
    answered: Object = call.api.call("create", kind, body=body)["status"]
    return answered


def _review(call: Call, verb: str, what: str) -> Object:
    flags = call.flags
    if what.startswith("/"):
        if flags.text("subresource"):
            raise CommandError("--subresource can not be used with NonResourceURL")
        if verb not in _URL_VERBS:
            _warn(call, f"verb '{verb}' is not a known verb")
        return {"nonResourceAttributes": {"verb": verb, "path": what}}
    word, _, name = what.partition("/")
    kind = _kind(call, word)
    resource = kind.plural if kind is not None else word
    group = kind.group if kind is not None else ""
    if not flags.on("all-namespaces"):
        if kind is not None and not kind.namespaced:
            in_group = f" in group '{group}'" if group else ""
            _warn(call, f"resource '{resource}' is not namespace scoped{in_group}")
        if verb not in _VERBS:
            _warn(call, f"verb '{verb}' is not a known verb")
    attributes = {
        "namespace": "" if flags.on("all-namespaces") else call.namespace,
        "verb": verb,
        "group": group,
        "resource": resource,
        "subresource": flags.text("subresource"),
        "name": name,
    }
    return {"resourceAttributes": {field: value for field, value in attributes.items() if value}}


def _kind(call: Call, word: str) -> Kind | None:
    if word == "*":
        return None
    kind = call.kinds.find(word.lower())
    if kind is None and word.lower() not in _BY_NAME_ONLY:
        resource, _, group = word.lower().partition(".")
        in_group = f" in group '{group}'" if group else ""
        _warn(call, f"the server doesn't have a resource type '{resource}'{in_group}")
    return kind


def _warn(call: Call, message: str) -> None:
    call.warn(message + "\n")


def _list(call: Call) -> None:
    status = _ask(call, "selfsubjectrulesreviews", {"namespace": call.namespace})
    if status.get("incomplete"):
        call.warn(f"the list may be incomplete: {status.get('evaluationError', '')}")
    out = TabWriter(call.out)
    if not call.flags.on("no-headers"):
        out.row(("Resources", "Non-Resource URLs", "Resource Names", "Verbs"))
    for resource, urls, names, verbs in sorted(_rules(status), key=_order):
        out.row((resource, _bracketed(urls), _bracketed(names), _bracketed(verbs)))
    out.flush()


Rule = tuple[str, list[str], list[str], list[str]]


def _rules(status: Object) -> list[Rule]:
    """Breaks rules down to one resource or URL each, the verbs of one together (rbac.BreakdownRule, CompactRules)."""
    verbs_of: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for rule in status.get("resourceRules") or ():
        names = tuple(rule.get("resourceNames") or ())
        for group in rule.get("apiGroups") or ("",):
            for resource in rule.get("resources") or ():
                verbs = verbs_of.setdefault((_grouped(resource, group), names), [])
                verbs += [verb for verb in rule["verbs"] if verb not in verbs]
    found: list[Rule] = [(resource, [], list(names), verbs) for (resource, names), verbs in verbs_of.items()]
    for rule in status.get("nonResourceRules") or ():
        found += [("", [url], [], [verb]) for url in rule.get("nonResourceURLs") or () for verb in rule["verbs"]]
    return found


def _grouped(resource: str, group: str) -> str:
    """Writes a resource with its group, before a subresource: "deployments.apps/scale"."""
    if not group:
        return resource
    plain, slash, subresource = resource.partition("/")
    return f"{plain}.{group}{slash}{subresource}"


def _order(rule: Rule) -> str:
    resource, urls, names, verbs = rule
    named, slash, subresource = resource.partition("/")
    plain, _, group = named.partition(".")
    groups = [group] if resource else []
    resources = [f"{plain}{slash}{subresource}"] if resource else []
    parts = (verbs, groups, resources, names, urls)
    return ",".join(_bracketed(part) for part in parts)


def _bracketed(words: list[str]) -> str:
    return f"[{' '.join(words)}]"


COMMAND = Command(
    path="auth can-i",
    usage="auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    short="Ask whether something is allowed",
    run=run,
    long="""
Ask whether something is allowed.

VERB is a verb of the API such as 'get', 'list', 'watch', 'delete'. TYPE is a type of objects; short names and groups are understood. NONRESOURCEURL is the beginning of a path, with "/" first. NAME is the name of an object. With the global flag --as one can ask for somebody else.
""",  # noqa: E501
    examples="""
# May I create Pods in any namespace?
kubectl auth can-i create pods --all-namespaces

# May I list Deployments in this namespace?
kubectl auth can-i list deployments.apps

# May the ServiceAccount "foo" of the namespace "dev" list Pods in the namespace "prod"?
# Who asks must be allowed to act as others
kubectl auth can-i list pods --as=system:serviceaccount:dev:foo -n prod

# May I do everything in this namespace?
kubectl auth can-i '*' '*'

# May I get the Job "bar" of the namespace "foo"?
kubectl auth can-i list jobs.batch/bar -n foo

# May I read logs of Pods?
kubectl auth can-i get pods --subresource=log

# May I get the path /logs/?
kubectl auth can-i get /logs/

# May I approve certificate signing requests?
kubectl auth can-i approve certificates.k8s.io

# What may I do in the namespace "foo"?
kubectl auth can-i --list --namespace=foo
""",
    flags=(
        Flag("all-namespaces", "bool", False, "If true, ask for all namespaces.", short="A"),
        Flag("list", "bool", False, "If true, list all that is allowed."),
        Flag("no-headers", "bool", False, "If true, the list has no header line"),
        Flag("quiet", "bool", False, "If true, print nothing; the exit status tells.", short="q"),
        Flag("subresource", "string", "", "Subresource such as pod/log or deployment/scale"),
    ),
)
