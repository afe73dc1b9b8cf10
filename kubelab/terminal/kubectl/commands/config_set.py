"""kubectl config set and unset: single values by their path.

Source: kubectl/pkg/cmd/config/set.go, navigation_step_parser.go.
"""

from __future__ import annotations

import base64
import binascii

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.golang import GoError, parse_bool
from kubelab.terminal.kubectl.kubeconfig import Kubeconfig
from kubelab.terminal.kubectl.kubeconfig_editing import put, remove, set_current, set_preferences, starting
from kubelab.terminal.kubectl.kubeconfig_schema import FIELDS, LISTS

# Impersonation has other names in paths than in files.
_FIELDS = {"act-as": "as", "act-as-uid": "as-uid", "act-as-groups": "as-groups", "act-as-user-extra": "as-user-extra"}
_STEPS = {field: step for step, field in _FIELDS.items()}


def set_value(call: Call) -> None:
    """Sets one value."""
    if len(call.args) != 2:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    path, value = call.args
    if not value:
        raise CommandError("you cannot use set to unset a property")
    if not path:
        raise CommandError("you must specify a property")
    _change(call, path, value)
    call.say(f'Property "{path}" set.')


def unset_value(call: Call) -> None:
    """Unsets one value, an entry, or all entries of a list."""
    if len(call.args) != 1:
        call.help()
        raise CommandError(f"Unexpected args: [{' '.join(call.args)}]")
    path = call.args[0]
    if not path:
        raise CommandError("you must specify a property")
    _change(call, path, None)
    call.say(f'Property "{path}" unset.')


def _change(call: Call, path: str, value: str | None) -> None:
    """Changes what a path leads to; None unsets it."""
    config = starting(call)
    first, *rest = path.split(".")
    if first == "current-context" and not rest:
        set_current(call, config, value or "")
    elif first == "preferences" and rest == ["colors"]:
        set_preferences(call, config, {**config.preferences, "colors": _bool(value)})
    elif first in LISTS:
        _change_entry(call, config, first, rest, value)
    else:
        raise CommandError(f"unable to parse {path} after [] at api.Config")


def _change_entry(call: Call, config: Kubeconfig, plural: str, rest: list[str], value: str | None) -> None:
    entries: dict[str, Object] = getattr(config, plural)
    fields = {_STEPS.get(field, field): kind for field, kind in FIELDS[LISTS[plural]].items()}
    name, step = _split(rest, fields)
    field = _FIELDS.get(step, step)
    if not field:
        if value is not None:
            places = " ".join(f"{each}:{0xC000400000 + 128 * at:#x}" for at, each in enumerate(sorted(entries)))
            raise CommandError(f"can't set a map to a value: map[{places}]")
        for each in [name] if rest else list(entries):
            if each in entries:
                remove(call, starting(call), plural, each)
        return
    if name not in entries and value is None:
        raise CommandError(f"current map key `{name}` is invalid")
    put(call, config, plural, name, {**entries.get(name, {}), field: _read(call, field, fields[step], value)})


def _split(rest: list[str], fields: dict[str, str]) -> tuple[str, str]:
    """Finds where an entry's name, which may have dots, ends and its field begins."""
    for at in range(1, len(rest)):
        if rest[at] in fields:
            if at < len(rest) - 1:
                raise CommandError(f"{'.'.join(rest[at:])}: values within this field cannot be set in KubeLab")
            return ".".join(rest[:at]), rest[at]
    return ".".join(rest), ""


def _read(call: Call, field: str, kind: str, value: str | None) -> object:
    kind = kind.rstrip("!")
    if kind == "bool":
        return _bool(value)
    if kind == "strings":
        return value.split(",") if value else []
    if kind == "bytes" and value is not None:
        return _bytes(value, call.flags.on("set-raw-bytes"))
    if kind not in ("string", "bytes"):
        raise CommandError(f"{field}: this field cannot be set in KubeLab")
    return value or ""


def _bool(value: str | None) -> bool:
    if value is None:
        return False
    try:
        return parse_bool(value)
    except GoError as error:
        raise CommandError(str(error)) from None


def _bytes(value: str, raw: bool) -> str:
    if raw:
        return base64.b64encode(value.encode("utf-8", "surrogateescape")).decode()
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        good = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        at = next((at for at, letter in enumerate(value) if letter not in good), len(value) // 4 * 4)
        raise CommandError(f"error decoding input value: illegal base64 data at input byte {at}") from None
    return value


SET = Command(
    path="config set",
    usage="config set PROPERTY_NAME PROPERTY_VALUE",
    short="Set one value of the kubeconfig",
    run=set_value,
    long="""
Set one value of the kubeconfig.

PROPERTY_NAME is a path with dots, each part the name of a field or of an entry.

PROPERTY_VALUE is the new value. Fields such as 'certificate-authority-data' expect it in base64, unless --set-raw-bytes is given.

What else the entry holds stays as it is.
""",  # noqa: E501
    examples="""
# The server of the cluster my-cluster
kubectl config set clusters.my-cluster.server https://1.2.3.4

# The certificate of its authority
kubectl config set clusters.my-cluster.certificate-authority-data $(echo "cert_data_here" | base64 -i -)

# The cluster of the context my-context
kubectl config set contexts.my-context.cluster my-cluster

# The key of the user cluster-admin, not in base64
kubectl config set users.cluster-admin.client-key-data cert_data_here --set-raw-bytes=true
""",
    flags=(Flag("set-raw-bytes", "bool", False, "Take the value of a base64 field as it is, and encode it."),),
)
UNSET = Command(
    path="config unset",
    usage="config unset PROPERTY_NAME",
    short="Unset one value of the kubeconfig",
    run=unset_value,
    long="""
Unset one value of the kubeconfig.

PROPERTY_NAME is a path with dots, each part the name of a field or of an entry.
""",
    examples="""
# No current context any more
kubectl config unset current-context

# No namespace in the context foo
kubectl config unset contexts.foo.namespace
""",
)
