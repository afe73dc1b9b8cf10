"""Which Pods of a node a drain may remove, and what it says of the others (kubectl/pkg/drain/filters.go)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kubelab.cluster.objects import Object, annotations_of, controller_ref
from kubelab.terminal.kubectl.errors import CommandError

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

MIRROR = "kubernetes.io/config.mirror"
_DAEMONSET_FATAL = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
_DAEMONSET_WARNING = "ignoring DaemonSet-managed Pods"
_STORAGE_FATAL = "Pods with local storage (use --delete-emptydir-data to override)"
_STORAGE_WARNING = "deleting Pods with local storage"
_UNMANAGED_FATAL = "cannot delete Pods that declare no controller (use --force to override)"
_UNMANAGED_WARNING = "deleting Pods that declare no controller"


@dataclass
class Verdict:
    """What becomes of one Pod: whether it goes, and a warning or an error to tell."""

    pod: Object
    goes: bool = True
    warning: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        """The Pod's namespace and name."""
        return f"{self.pod['metadata']['namespace']}/{self.pod['metadata']['name']}"


def judge(call: Call, node: str) -> list[Verdict]:
    """Decides on all Pods of a node."""
    kind = call.kinds.find("pods")
    if kind is None:
        return []
    found = call.api.list(kind, labels=call.flags.text("pod-selector"), fields=f"spec.nodeName={node}")
    return [_verdict(call, pod) for pod in found]


def _verdict(call: Call, pod: Object) -> Verdict:
    verdict = Verdict(pod)
    for decide in (_skipped, _of_daemonset, _mirrors, _has_storage, _is_unmanaged):
        # The last filter's warning is the one that is told.
        verdict = decide(call, pod)
        if not verdict.goes:
            break
    return verdict


def _skipped(call: Call, pod: Object) -> Verdict:
    return Verdict(pod, goes=not is_skipped(call, pod))


def is_skipped(call: Call, pod: Object) -> bool:
    """Tells whether a Pod has been terminating for longer than --skip-wait-for-delete-timeout."""
    seconds = call.flags.number("skip-wait-for-delete-timeout")
    deleted = pod["metadata"].get("deletionTimestamp")
    if seconds <= 0 or not deleted:
        return False
    from kubelab.terminal.kubectl.rfc3339 import parse_time

    return int(call.ctx.now - parse_time(deleted)) > seconds


def _of_daemonset(call: Call, pod: Object) -> Verdict:
    owner = controller_ref(pod)
    if owner is None or owner["kind"] != "DaemonSet" or _is_over(pod):
        return Verdict(pod)
    kind = call.kinds.find("daemonsets")
    if kind is not None and call.api.find(kind, pod["metadata"]["namespace"], owner["name"]) is None:
        message = f'daemonsets.apps "{owner["name"]}" not found'
        return Verdict(pod, warning=message) if call.flags.on("force") else Verdict(pod, False, error=message)
    if not call.flags.on("ignore-daemonsets"):
        return Verdict(pod, False, error=_DAEMONSET_FATAL)
    return Verdict(pod, False, warning=_DAEMONSET_WARNING)


def _mirrors(call: Call, pod: Object) -> Verdict:
    return Verdict(pod, goes=MIRROR not in annotations_of(pod))


def _has_storage(call: Call, pod: Object) -> Verdict:
    local = any("emptyDir" in volume for volume in pod["spec"].get("volumes") or ())
    if not local or _is_over(pod):
        return Verdict(pod)
    if not call.flags.on("delete-emptydir-data"):
        return Verdict(pod, False, error=_STORAGE_FATAL)
    return Verdict(pod, warning=_STORAGE_WARNING)


def _is_unmanaged(call: Call, pod: Object) -> Verdict:
    if _is_over(pod) or controller_ref(pod) is not None:
        return Verdict(pod)
    if call.flags.on("force"):
        return Verdict(pod, warning=_UNMANAGED_WARNING)
    return Verdict(pod, False, error=_UNMANAGED_FATAL)


def _is_over(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def warnings(verdicts: Iterable[Verdict]) -> str:
    """Returns all warnings in one line, "" if there are none."""
    return "; ".join(f"{message}: {', '.join(names)}" for message, names in _gathered(verdicts, "warning").items())


def errors(call: Call, verdicts: Iterable[Verdict]) -> list[Exception]:
    """Returns the errors, one of each kind."""
    found: list[Exception] = []
    for message, names in _gathered(verdicts, "error").items():
        # Up to 1.33 kubectl says it twice.
        head = "" if message.startswith("cannot delete") and call.minor >= 34 else "cannot delete "
        found.append(CommandError(f"{head}{message}: {', '.join(names)}"))
    return found


def _gathered(verdicts: Iterable[Verdict], field: str) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for verdict in verdicts:
        message = getattr(verdict, field)
        if message:
            gathered.setdefault(message, []).append(verdict.name)
    return gathered
