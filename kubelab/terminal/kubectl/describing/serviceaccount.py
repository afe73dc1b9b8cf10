"""kubectl describe serviceaccount."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kubelab.cluster.objects import Object, annotations_of
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.events import tell_events
from kubelab.terminal.kubectl.describing.metadata import head, marks

_SECRETS_UNTIL = 34  # the last minor version that lists mountable secrets and tokens
TOKEN_TYPE = "kubernetes.io/service-account-token"


def describe(out: Description, account: Object) -> None:
    """Writes the description of a ServiceAccount."""
    head(out, account)
    marks(out, account)
    pull = [each["name"] for each in account.get("imagePullSecrets") or ()]
    if out.minor > _SECRETS_UNTIL:
        _names(out, "Image pull secrets:", pull, ())
    else:
        mountable = [each["name"] for each in account.get("secrets") or ()]
        secrets = _secrets(out, account)
        missing = {*pull, *mountable}.difference(secret["metadata"]["name"] for secret in secrets)
        _names(out, "Image pull secrets:", pull, missing)
        _names(out, "Mountable secrets: ", mountable, missing)
        _names(
            out, "Tokens:            ", [s["metadata"]["name"] for s in secrets if _is_token_of(s, account)], missing
        )
    tell_events(out, account)


def _names(out: Description, title: str, names: Sequence[str], missing: Collection[str]) -> None:
    for place, name in enumerate(names or (NONE,)):
        lost = " (not found)" if name in missing else ""
        out.put(f"{' ' * len(title) if place else title}\t{name}{lost}\n")


def _secrets(out: Description, account: Object) -> list[Object]:
    kind = out.api.kinds.by_gvk("v1", "Secret")
    return out.api.list(kind, account["metadata"]["namespace"]) if kind is not None else []


def _is_token_of(secret: Object, account: Object) -> bool:
    annotations, metadata = annotations_of(secret), account["metadata"]
    return (
        secret.get("type") == TOKEN_TYPE
        and annotations.get("kubernetes.io/service-account.name") == metadata["name"]
        and annotations.get("kubernetes.io/service-account.uid") in ("", metadata["uid"])
    )


DESCRIBERS = {"ServiceAccount": describe}
