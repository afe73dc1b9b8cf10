"""kubectl set subject (kubectl/pkg/cmd/set/set_subject.go)."""

from __future__ import annotations

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.pod_templates import (
    ALL_AND_SELECTOR,
    SET_FLAGS_WITH_SELECTOR,
    Patcher,
    check_local,
    meant,
)
from kubelab.terminal.kubectl.resources import Info
from kubelab.terminal.kubectl.subjects import RBAC

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def run(call: Call) -> None:
    """Adds subjects to bindings."""
    flags = call.flags
    patcher = Patcher(call, "subjects updated", "failed to patch subjects to rolebinding:")
    infos = meant(call, call.args)
    if flags.on("all") and flags.text("selector"):
        raise CommandError(ALL_AND_SELECTOR)
    wanted = _subjects(call, infos)
    check_local(call)
    for info in infos:
        patcher.send_changed(info, _changed(patcher, info, wanted))
    patcher.finish()


def _subjects(call: Call, infos: list[Info]) -> list[Object]:
    flags = call.flags
    users, groups, accounts = (flags.items(name) for name in ("user", "group", "serviceaccount"))
    if not users and not groups and not accounts:
        raise CommandError("you must specify at least one value of user, group or serviceaccount")
    found: list[Object] = [{"kind": "User", "apiGroup": RBAC, "name": name} for name in users]
    found += [{"kind": "Group", "apiGroup": RBAC, "name": name} for name in groups]
    for account in accounts:
        namespace, colon, name = account.partition(":")
        if not colon or not name or ":" in name:
            raise CommandError("serviceaccount must be <namespace>:<name>")
        if not namespace and any(info.kind.name == "ClusterRoleBinding" for info in infos):
            raise CommandError("serviceaccount must be <namespace>:<name>, namespace must be specified")
        found.append({"kind": "ServiceAccount", "name": name, "namespace": namespace or call.namespace})
    return found


def _changed(patcher: Patcher, info: Info, wanted: list[Object]) -> Object | None:
    return patcher.change(info, lambda obj: _with(info.kind.name, obj, wanted))


def _with(kind: str, obj: Object, wanted: list[Object]) -> Object:
    if kind not in _BINDINGS:
        raise CommandError("setting subjects is only supported for RoleBinding/ClusterRoleBinding")
    present = obj.get("subjects") or []
    new = [subject for subject in wanted if subject not in present]
    return {**obj, "subjects": [*present, *new]} if new else obj


COMMAND = Command(
    path="set subject",
    usage=(
        "set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] "
        "[--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]"
    ),
    short="Add users, groups or service accounts to a role binding or cluster role binding",
    run=run,
    examples="""
# serviceaccount1 holds the cluster role of the binding "admin" too
kubectl set subject clusterrolebinding admin --serviceaccount=namespace:serviceaccount1

# user1, user2 and group1 hold the role of the binding "admin" too
kubectl set subject rolebinding admin --user=user1 --user=user2 --group=group1

# Only show what it would come to, without asking the server
kubectl create rolebinding admin --role=admin --user=admin -o yaml --dry-run=client > admin.yaml
kubectl set subject --local -f admin.yaml --user=foo -o yaml
""",
    flags=(
        *SET_FLAGS_WITH_SELECTOR,
        Flag("group", "array", [], "Group that is to hold the role; may be given several times."),
        Flag("serviceaccount", "array", [], "Service account that is to hold the role, written <namespace>:<name>."),
        Flag("user", "array", [], "User that is to hold the role; may be given several times."),
    ),
)
