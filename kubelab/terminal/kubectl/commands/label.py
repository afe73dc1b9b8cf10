"""kubectl label (kubectl/pkg/cmd/label/label.go)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.kinds.names import label_value
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import SETTINGS, Command
from kubelab.terminal.kubectl.errors import CommandError, raise_all
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.metadata_changes import (
    Changes,
    MetadataChange,
    change_flags,
    size_of,
    split_arguments,
)


def run(call: Call) -> None:
    """Puts labels on objects, takes them off, or lists them."""
    resources, pairs = split_arguments(call.args, "label")
    labelling = _Labelling(call, "label", "labels", resources, _changes(pairs))
    labelling.check()
    labelling.run()


def _changes(pairs: Sequence[str]) -> Changes:
    put: dict[str, str] = {}
    remove = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            remove.append(pair[:-1])
            continue
        if "=" in value:
            raise CommandError(f"invalid label spec: {pair}")
        wrong = label_value(value)
        if wrong:
            raise CommandError(f"invalid label value: {quote(pair)}: {';'.join(wrong)}")
        put[key] = value
    if any(key in put for key in remove):
        raise CommandError("can not both modify and remove a label in the same command")
    return Changes(put, remove)


class _Labelling(MetadataChange):
    def _tell_missing(self, present: dict[str, str]) -> None:
        for key in self.changes.remove:
            if key not in present:
                self.call.say(f"label {quote(key)} not found.")

    def _refuse_overwriting(self, present: dict[str, str]) -> None:
        raise_all(
            [
                CommandError(f"'{key}' already has a value ({present[key]}), and --overwrite is false")
                for key, value in self.changes.put.items()
                if key in present and present[key] != value
            ]
        )

    def _operation(self, before: Object, after: Object) -> str:
        if before == after:
            return "not labeled"
        shrunk = size_of(after) < size_of(before)
        return "unlabeled" if shrunk and not self.call.flags.on("overwrite") else "labeled"


COMMAND = Command(
    path="label",
    usage="label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short="Change the labels of objects",
    run=run,
    group=SETTINGS,
    rank=10,
    long="""
Change the labels of objects.

  *  Keys and values begin with a letter or a digit; letters, digits, '-', '.' and '_' may follow, 63 at the most.
  *  A key may have a DNS subdomain and a slash before it, as example.com/my-app has.
  *  With --overwrite a label that is there gets the new value; without it that is an error.
  *  With --resource-version the object is changed only if it still has that version.
""",
    examples="""
# Pod 'foo' gets the label 'unhealthy' with the value 'true'
kubectl label pods foo unhealthy=true

# The label 'status' gets the value 'unhealthy', whatever it was
kubectl label --overwrite pods foo status=unhealthy

# All Pods of the namespace
kubectl label pods --all status=unhealthy

# The Pod whose type and name stand in "pod.json"
kubectl label -f pod.json status=unhealthy

# Pod 'foo', only if nobody changed it since version 1
kubectl label pods foo status=unhealthy --resource-version=1

# Take the label 'bar' off Pod 'foo'; that needs no --overwrite
kubectl label pods foo bar-
""",
    flags=change_flags("label", "labels"),
)
