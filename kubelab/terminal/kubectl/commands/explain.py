"""kubectl explain: a kind and its fields, from the schemas of the cluster (kubectl/pkg/cmd/explain/explain.go)."""

from __future__ import annotations

from kubelab.cluster.kinds.kind import Kind
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import BASIC_INTERMEDIATE, Command
from kubelab.terminal.kubectl.errors import CommandError, PlainError
from kubelab.terminal.kubectl.explaining.classic import Classic
from kubelab.terminal.kubectl.explaining.schemas import Schemas
from kubelab.terminal.kubectl.explaining.text import Explanation
from kubelab.terminal.kubectl.flags import Flag

_CLASSIC = "plaintext-openapiv2"
_NO_TYPE = (
    'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n"
)


def run(call: Call) -> None:
    """Explains a kind or one of its fields."""
    if not call.args:
        raise CommandError(_NO_TYPE)
    if len(call.args) > 1:
        raise CommandError("We accept only this format: explain RESOURCE\n")
    kind, path = _meant(call, call.args[0])
    form = call.flags.text("output")
    if form not in ("plaintext", _CLASSIC):
        raise CommandError(f"unrecognized format: {form}")
    if call.flags.text("api-version"):
        kind = _of_version(call, kind, call.flags.text("api-version"))
    schemas = Schemas(call.api.cluster.version)
    schema = schemas.of_kind(kind)
    if schema is None:
        raise CommandError(f"GVR ({_resource(kind)}) not found in OpenAPI schema")
    if form == _CLASSIC:
        call.out(Classic(schemas, recursive=call.flags.on("recursive")).text(kind, schema, path))
        return
    explanation = Explanation(schemas, recursive=call.flags.on("recursive"))
    call.out(explanation.head(kind))
    text = explanation.text(schema, path)
    if not text:
        raise CommandError(f'field "{path[-1]}" does not exist')
    call.out(text)


def _meant(call: Call, word: str) -> tuple[Kind, list[str]]:
    """Returns the kind and the path to the field: pods.spec, deployments.apps.spec."""
    first, *path = word.removesuffix(".").split(".")
    if call.kinds.find(first) is None:
        raise PlainError(f'the server doesn\'t have a resource type "{first}"')
    kind = call.kind(first)
    if call.flags.text("api-version"):
        return kind, path
    for each in call.kinds.served():
        if first in (each.plural, each.singular, *each.short_names) and word.startswith(each.resource):
            rest = word[len(each.resource) :].strip(".")
            return each, rest.split(".") if rest else []
    return kind, path


def _of_version(call: Call, kind: Kind, api_version: str) -> Kind:
    group, _, version = api_version.rpartition("/")
    served = call.kinds.served()
    resource = f"{api_version}, Resource={kind.plural}" if group else f"/{version}, Resource={kind.plural}"
    if not any(each.api_version == api_version for each in served):
        raise CommandError(f'couldn\'t find resource for "{resource}"')
    found = call.kinds.by_resource(group, version, kind.plural)
    if found is None:
        raise CommandError(f"GVR ({resource}) not found in OpenAPI schema")
    return found


def _resource(kind: Kind) -> str:
    return f"{kind.group}/{kind.version}, Resource={kind.plural}"


COMMAND = Command(
    path="explain",
    usage="explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] "
    "[--output=plaintext|plaintext-openapiv2]",
    short="Show what a kind and its fields are for",
    run=run,
    group=BASIC_INTERMEDIATE,
    rank=10,
    long="""
Show what a kind and its fields are for.

A field is named by its path:

    <type>.<fieldName>[.<fieldName>]

What is shown comes from the server, in OpenAPI format.

Use "kubectl api-resources" for a complete list of supported resources.
""",
    examples="""
# What a Pod is, and its fields
kubectl explain pods

# All fields of a Pod
kubectl explain pods --recursive

# A Deployment of a certain API version
kubectl explain deployments --api-version=apps/v1

# One field
kubectl explain pods.spec.containers

# In another format
kubectl explain deployment --output=plaintext-openapiv2
""",
    flags=(
        Flag("api-version", "string", "", "Explain this version of the kind (group/version)."),
        Flag("output", "string", "plaintext", "Format of the text. One of: (plaintext, plaintext-openapiv2)."),
        Flag("recursive", "bool", False, "If true, name all fields below as well, without their descriptions."),
    ),
)
