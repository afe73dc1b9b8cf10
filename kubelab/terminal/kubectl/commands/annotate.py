"""kubectl annotate (kubectl/pkg/cmd/annotate/annotate.go)."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import SETTINGS, Command
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.metadata_changes import Changes, MetadataChange, change_flags, split_arguments

_CHANGE_CAUSE = "kubernetes.io/change-cause"  # may always be overwritten


def run(call: Call) -> None:
    """Puts annotations on objects, takes them off, or lists them."""
    resources, pairs = split_arguments(call.args, "annotation")
    annotating = _Annotating(call, "annotation", "annotations", resources, _changes(pairs))
    annotating.check()
    annotating.refuse_both()
    annotating.run()


def _changes(pairs: Sequence[str]) -> Changes:
    put = {key: value for key, equals, value in (pair.partition("=") for pair in pairs) if equals}
    return Changes(put, [pair[:-1] for pair in pairs if "=" not in pair])


class _Annotating(MetadataChange):
    def refuse_both(self) -> None:
        """Refuses to put and take away the same annotation."""
        both = [key for key in self.changes.remove if key in self.changes.put]
        if both:
            raise CommandError(
                f"can not both modify and remove the following annotation(s) in the same command: {', '.join(both)}"
            )

    def _refuse_overwriting(self, present: dict[str, str]) -> None:
        standing = [key for key in self.changes.put if key in present and key != _CHANGE_CAUSE]
        if standing:
            found = "; ".join(f"'{key}' already has a value ({present[key]})" for key in standing)
            raise CommandError(f"--overwrite is false but found the following declared annotation(s): {found}")

    def _operation(self, before: Object, after: Object) -> str:
        return "annotated"


COMMAND = Command(
    path="annotate",
    usage="annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short="Change the annotations of objects",
    run=run,
    group=SETTINGS,
    rank=20,
    long="""
Change the annotations of objects.

Any object can carry further data as annotations: pairs of key and value that may be larger than labels and hold any
text, such as JSON. Tools keep their own data there.

An annotation that is there already is not overwritten without --overwrite. With --resource-version the object is
changed only if it still has that version.

Use "kubectl api-resources" for a complete list of supported resources.
""",
    examples="""
# Pod 'foo' gets the annotation 'description' with the value 'my frontend'
kubectl annotate pods foo description='my frontend'

# The Pod whose type and name stand in "pod.json"
kubectl annotate -f pod.json description='my frontend'

# The annotation gets another value, whatever it was
kubectl annotate --overwrite pods foo description='my frontend running nginx'

# All Pods of the namespace
kubectl annotate pods --all description='my frontend running nginx'

# Pod 'foo', only if nobody changed it since version 1
kubectl annotate pods foo description='my frontend running nginx' --resource-version=1

# Take the annotation 'description' off Pod 'foo'; that needs no --overwrite
kubectl annotate pods foo description-
""",
    flags=change_flags("annotate", "annotations"),
)
