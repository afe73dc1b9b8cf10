"""Label selectors as kubectl reads them into objects (apimachinery's metav1.ParseToLabelSelector)."""

from __future__ import annotations

import re

from kubelab.cluster.objects import Object
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.golang import quote

_OPERATORS = {"in": "In", "notin": "NotIn", "exists": "Exists", "!": "DoesNotExist"}


def label_selector(text: str) -> Object:
    """Returns `app=web,tier in (a,b)` as a LabelSelector.

    Raises:
        CommandError: it is no selector.
    """
    try:
        requirements = parse_labels(text).requirements
    except SelectorError as error:
        raise CommandError(f"couldn't parse the selector string {quote(text)}: {error}") from None
    labels: dict[str, str] = {}
    expressions: list[Object] = []
    for key, operator, values in requirements:
        if operator == "in" and len(values) == 1 and not re.search(rf"{re.escape(key)}\s+in\b", text):
            labels[key] = values[0]
            continue
        if operator not in _OPERATORS:
            raise CommandError(f"{quote(operator)} isn't supported in label selectors")
        expression: Object = {"key": key, "operator": _OPERATORS[operator]}
        expressions.append({**expression, "values": sorted(values)} if values else expression)
    selector: Object = {}
    if labels:
        selector["matchLabels"] = labels
    if expressions:
        selector["matchExpressions"] = expressions
    return selector
