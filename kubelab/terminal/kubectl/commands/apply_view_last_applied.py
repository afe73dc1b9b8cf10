"""kubectl apply view-last-applied (kubectl/pkg/cmd/apply/apply_view_last_applied.go)."""

from __future__ import annotations

import json

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import last_applied
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.pod_templates import flattened
from kubelab.terminal.kubectl.printers.yaml import to_yaml
from kubelab.terminal.kubectl.resources import Builder, Info
from kubelab.terminal.kubectl.shared_flags import ALL, SELECTOR, filename_flags


def run(call: Call) -> None:
    """Shows what was last applied."""
    form = call.flags.text("output")
    if form not in ("json", "yaml"):
        raise call.usage(f"Unexpected -o output mode: {form}, the flag 'output' must be one of yaml|json")
    builder = Builder.of(call, all=False, empty_selects_all=call.flags.on("all"), latest=True, flatten=True)
    infos, errors = builder.select().infos()
    raise_all(errors)
    configurations = [_configuration(each) for info in infos for each in flattened(info)]
    for configuration in configurations:
        if configuration is None:
            continue
        obj = json.loads(configuration)
        call.out(
            json.dumps(obj, indent=2, sort_keys=True, ensure_ascii=False) + "\n" if form == "json" else to_yaml(obj)
        )


def _configuration(info: Info) -> str | None:
    """Returns what was applied. Where nothing was, real kubectl is silent, unless the object comes from a file."""
    found = last_applied(info.object)
    if found is None and info.source:
        verb = f"no last-applied-configuration annotation found on resource: {info.name}"
        raise CommandError(f"error when {verb} {quote(info.source)}: <nil>")
    return found


COMMAND = Command(
    path="apply view-last-applied",
    usage="apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    short="Show what was applied last to an object",
    run=run,
    long="""
Show what was applied last to objects, by type and name or by file.

It is written as YAML, or as JSON with -o json.
""",
    examples="""
# By type and name, as YAML
kubectl apply view-last-applied deployment/nginx

# By file, as JSON
kubectl apply view-last-applied -f deploy.yaml -o json
""",
    flags=(
        *filename_flags("that say which objects are meant"),
        ALL,
        Flag("output", "string", "yaml", "Output format. Must be one of (yaml, json)", short="o"),
        SELECTOR,
    ),
)
