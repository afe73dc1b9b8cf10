"""kubectl set env (kubectl/pkg/cmd/set/set_env.go)."""

from __future__ import annotations

import base64

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.env_arguments import imported, parse_environment, reference, split_environment, updated
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.pod_templates import (
    ALL_AND_SELECTOR,
    CONTAINERS,
    NO_RESOURCES,
    SET_FLAGS_WITH_SELECTOR,
    Patcher,
    changed_containers,
    check_local,
    meant,
)
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.tool import Steps


def run(call: Call) -> int | Steps | None:
    """Sets environment variables of containers, takes them away, or lists them."""
    if "-" in call.flags.items("env"):
        return _with_stdin(call)
    _set(call)
    return 0


def _with_stdin(call: Call) -> Steps:
    if "@stdin" not in call.state:
        call.state["@stdin"] = yield from call.ctx.read_all()
    _set(call)
    return 0


def _set(call: Call) -> None:
    flags = call.flags
    if flags.on("all") and flags.text("selector"):
        raise CommandError(ALL_AND_SELECTOR)
    resources, words = split_environment(call)
    patcher = Patcher(call, "env updated", "failed to patch env update to pod template:")
    check_local(call)
    if not resources and not flags.items("filename") and not flags.text("kustomize"):
        raise CommandError(NO_RESOURCES)
    if flags.on("list") and flags.text("output"):
        raise CommandError("--list and --output may not be specified together")
    if flags.items("keys") and not flags.text("from"):
        raise CommandError("when specifying --keys, a configmap or secret must be provided with --from")
    variables, remove = parse_environment(call, [*flags.items("env"), *words])
    if flags.text("from"):
        for info in meant(call, [flags.text("from")], filenames=(), labels=""):
            variables += imported(call, info.object, flags.items("keys"), flags.text("prefix"))
    setting = _Setting(call, variables, remove)
    for info in meant(call, resources):
        _set_one(patcher, setting, info, nothing=not variables and not words)
    if not flags.on("list"):
        patcher.finish()


def _set_one(patcher: Patcher, setting: _Setting, info: Info, *, nothing: bool) -> None:
    after = patcher.change_pod(info, lambda spec: setting.change(info, spec))
    if setting.lists or after is None or not patcher.patch_of(info, after):
        return
    if nothing and not patcher.only_here:
        raise CommandError("at least one environment variable must be provided")
    patcher.send_changed(info, after)


class _Setting:
    """What one call does to each Pod spec."""

    def __init__(self, call: Call, variables: list[Object], remove: list[str]) -> None:
        self._call = call
        self._variables = variables
        self._remove = remove
        self.lists = call.flags.on("list")

    def change(self, info: Info, spec: Object) -> Object:
        wanted = self._call.flags.text("containers")
        unresolved: list[str] = []
        changed, count = changed_containers(
            spec, wanted, lambda container: self._container(info, container, unresolved)
        )
        if not count:
            where = f"{info.kind.name}/{info.name}"
            self._call.err(f"Warning: {where} does not have any containers matching {quote(wanted)}\n")
        if unresolved:
            raise CommandError("failed to retrieve valueFrom references")
        return changed

    def _container(self, info: Info, container: Object, unresolved: list[str]) -> Object:
        existing = container.get("env") or []
        if not self._call.flags.on("overwrite"):
            self._refuse_overwriting(existing)
        env = updated(existing, self._variables, self._remove)
        if self.lists:
            self._list(info, container["name"], env, unresolved)
        if env:
            return {**container, "env": env}
        return {field: value for field, value in container.items() if field != "env"}

    def _refuse_overwriting(self, existing: list[Object]) -> None:
        present = {variable["name"]: variable.get("value", "") for variable in existing}
        for variable in self._variables:
            name = variable["name"]
            if name in present and present[name] != variable.get("value", ""):
                raise CommandError(f"'{name}' already has a value ({present[name]}), and --overwrite is false")

    def _list(self, info: Info, container: str, env: list[Object], unresolved: list[str]) -> None:
        call = self._call
        call.say(f"# {info.kind.name} {info.name}, container {container}")
        failed: dict[str, list[str]] = {}
        for variable in env:
            name, source = variable["name"], variable.get("valueFrom")
            if source is None:
                call.say(f"{name}={variable.get('value', '')}")
                continue
            if call.flags.on("resolve"):
                try:
                    call.say(f"{name}={self._resolved(info, source)}")
                    continue
                except (ApiError, CommandError) as error:
                    failed.setdefault(str(error), []).append(name)
            call.say(f"# {name} from {reference(source)}")
        for problem, names in failed.items():
            call.err(f"error retrieving reference for {', '.join(sorted(names))}: {problem}\n")
            unresolved += names

    def _resolved(self, info: Info, source: Object) -> str:
        call = self._call
        for field, plural in (("configMapKeyRef", "configmaps"), ("secretKeyRef", "secrets")):
            if field in source:
                name, key = source[field]["name"], source[field]["key"]
                found = call.api.get(kind_of(call.kinds, plural), info.namespace, name)
                data = found.get("data") or {}
                if key not in data:
                    raise CommandError(f"key {key} not found in {plural[:-1].replace('map', ' map')} {name}")
                return data[key] if plural == "configmaps" else base64.b64decode(data[key]).decode(errors="replace")
        path = (source.get("fieldRef") or {}).get("fieldPath", "")
        if path in ("metadata.name", "metadata.namespace", "metadata.uid"):
            return str(info.object["metadata"].get(path.rpartition(".")[2], ""))
        raise CommandError(f"unsupported fieldPath: {path}")


COMMAND = Command(
    path="set env",
    usage="set env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    short="Set environment variables of a pod template",
    run=run,
    long="""
Set environment variables of containers, take them away, or list them: in Pods, and in the Pod templates of deployments
and of other objects that have one. --containers says which containers are meant; without it, all of them.

With "--env -" variables are read from standard input, one KEY=VALUE a line.

Possible resources include (case insensitive):

 pod (po), replicationcontroller (rc), deployment (deploy), daemonset (ds), statefulset (sts), cronjob (cj),
replicaset (rs)
""",
    examples="""
# A new variable for deployment 'registry'
kubectl set env deployment/registry STORAGE_DIR=/local

# The variables of a deployment
kubectl set env deployment/sample-build --list

# Those of all Pods
kubectl set env pods --all --list

# Show the deployment with the new variable
kubectl set env deployment/sample-build STORAGE_DIR=/data -o yaml

# All containers of all replication controllers
kubectl set env rc --all ENV=prod

# A variable for each key of a secret
kubectl set env --from=secret/mysecret deployment/myapp

# The same for a config map, with a prefix
kubectl set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp

# Only one key of it
kubectl set env --keys=my-example-key --from=configmap/myconfigmap deployment/myapp

# Take the variable ENV away from container 'c1' of all deployments
kubectl set env deployments --all --containers="c1" ENV-

# Some variables of the shell
env | grep RAILS_ | kubectl set env -e - deployment/registry
""",
    flags=(
        *SET_FLAGS_WITH_SELECTOR,
        CONTAINERS,
        Flag("env", "array", [], "A variable to set in each container, written KEY=VALUE.", short="e"),
        Flag("from", "string", "", "The config map or secret whose keys become variables"),
        Flag("keys", "strings", [], "Which of these keys, separated by commas"),
        Flag("list", "bool", False, "If true, show the variables, with the changes."),
        Flag("overwrite", "bool", True, "If true, variables that are there may get another value."),
        Flag("prefix", "string", "", "What is put before the names of the variables"),
        Flag("resolve", "bool", False, "If true, show the values that references lead to, with --list"),
    ),
)
