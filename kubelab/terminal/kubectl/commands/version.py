"""kubectl version (kubectl/pkg/cmd/version/version.go, skew_warning.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.cluster.rest.calls import version_info
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.client import client_release
from kubelab.terminal.kubectl.command import OTHER, Command
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.json import to_json
from kubelab.terminal.kubectl.printers.yaml import to_yaml

_FIELDS = (
    "major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform",
)  # fmt: skip
_KUSTOMIZE = {31: "v5.4.2", 32: "v5.5.0", 33: "v5.6.0"}
_LATEST_KUSTOMIZE = "v5.7.1"
_SKEW = 1


def run(call: Call) -> None:
    """Tells the versions of kubectl and of the server."""
    form = call.flags.text("output")
    if call.args and not call.flags.on("client"):
        raise CommandError(f"extra arguments: [{' '.join(call.args)}]")
    if form not in ("", "yaml", "json"):
        raise CommandError("--output must be 'yaml' or 'json'")
    kustomize = _KUSTOMIZE.get(call.minor, _LATEST_KUSTOMIZE)
    versions: Object = {"clientVersion": _client(call), "kustomizeVersion": kustomize}
    problem: Exception | None = None
    if not call.flags.on("client"):
        try:
            versions["serverVersion"] = _info(version_info(call.api.cluster.api.version))
        except (CommandError, PlainError) as error:
            problem = error
    _tell(call, versions, form)
    if problem is not None:
        raise problem
    if "serverVersion" in versions:
        _warn_of_skew(call, versions["clientVersion"], versions["serverVersion"])


def _client(call: Call) -> Object:
    release = client_release(call.ctx.machine)
    major, minor, *_ = release.removeprefix("v").split(".")
    known = {"gitTreeState": "clean", "compiler": "gc", "platform": "linux/amd64"}
    return _info({"major": major, "minor": minor, "gitVersion": release, **known})


def _info(known: Object) -> Object:
    """Returns all fields of a version; what a simulated binary does not have, such as a commit, is empty."""
    return {name: known.get(name, "") for name in _FIELDS}


def _tell(call: Call, versions: Object, form: str) -> None:
    if form == "yaml":
        call.out(to_yaml(versions) + "\n")
    elif form == "json":
        text = to_json(versions, as_is=True)
        call.say("\n".join(_halved(line) for line in text.split("\n")))
    else:
        call.say(f"Client Version: {versions['clientVersion']['gitVersion']}")
        call.say(f"Kustomize Version: {versions['kustomizeVersion']}")
        if "serverVersion" in versions:
            call.say(f"Server Version: {versions['serverVersion']['gitVersion']}")


def _halved(line: str) -> str:
    """This command indents JSON by two spaces."""
    text = line.lstrip(" ")
    return " " * ((len(line) - len(text)) // 2) + text


def _warn_of_skew(call: Call, client: Object, server: Object) -> None:
    mine, its = int(client["minor"]), int(server["minor"])
    if client["major"] != server["major"] or abs(mine - its) > _SKEW:
        call.err(
            f"WARNING: version difference between client ({client['major']}.{mine}) and server "
            f"({server['major']}.{its}) exceeds the supported minor version skew of +/-{_SKEW}\n"
        )


COMMAND = Command(
    path="version",
    usage="version [flags]",
    short="Tell the versions of kubectl and of the server",
    run=run,
    group=OTHER,
    rank=40,
    long="Tell the versions of kubectl and of the server that the current context leads to.",
    examples="""
# The versions of kubectl and of the server
kubectl version
""",
    flags=(
        Flag("client", "bool", False, "If true, tell of kubectl only (no server is needed)."),
        Flag("output", "string", "", "One of 'yaml' or 'json'.", short="o"),
    ),
)
