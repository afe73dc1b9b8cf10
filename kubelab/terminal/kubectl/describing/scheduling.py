"""What a Pod or a template says of where it runs: tolerations, topology spread."""

from __future__ import annotations

from collections.abc import Sequence

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import from_label_selector
from kubelab.terminal.kubectl.describing.description import NONE, Description
from kubelab.terminal.kubectl.describing.metadata import lines


def selector_text(selector: Object | None) -> str:
    """Returns a label selector as metav1.FormatLabelSelector writes it."""
    return str(from_label_selector(selector)) or NONE


def tolerations(out: Description, title: str, found: Sequence[Object]) -> None:
    """Writes tolerations, sorted by their keys."""
    lines(out, title, [_toleration(each) for each in sorted(found, key=lambda each: str(each.get("key", "")))])


def _toleration(toleration: Object) -> str:
    text = str(toleration.get("key", ""))
    if toleration.get("value"):
        text += f"={toleration['value']}"
    if toleration.get("effect"):
        text += f":{toleration['effect']}"
    if toleration.get("operator") == "Exists" and not toleration.get("value"):
        text += " op=Exists" if text else "op=Exists"
    if toleration.get("tolerationSeconds") is not None:
        text += f" for {toleration['tolerationSeconds']}s"
    return text


def topology_spread(out: Description, found: Sequence[Object], indent: str = "") -> None:
    """Writes topology spread constraints, sorted by their topology keys."""
    if not found:
        return
    out.put(f"{indent}Topology Spread Constraints:\t")
    for place, constraint in enumerate(sorted(found, key=lambda each: str(each["topologyKey"]))):
        if place:
            out.put(f"{indent}\t")
        text = f"{constraint['topologyKey']}:{constraint['whenUnsatisfiable']}"
        text += f" when max skew {constraint['maxSkew']} is exceeded"
        if constraint.get("labelSelector") is not None:
            text += f" for selector {selector_text(constraint['labelSelector'])}"
        out.put(f"{text}\n")


def taint_text(taint: Object) -> str:
    """Returns a taint as kubectl writes it: key=value:effect."""
    key, value, effect = taint["key"], taint.get("value", ""), taint.get("effect", "")
    if not effect:
        return f"{key}={value}:" if value else str(key)
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def taints(out: Description, title: str, found: Sequence[Object]) -> None:
    """Writes taints, sorted by effect and key."""
    lines(
        out,
        title,
        [taint_text(each) for each in sorted(found, key=lambda each: f"{each.get('effect', '')},{each['key']}")],
    )
