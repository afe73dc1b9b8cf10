"""All that is kept of somebody, as a file for them: their rows as JSON, and what other apps add (`parts`).

Rows are found by their relations, so that what an app keeps tomorrow is in it, too. What is left out: bytes (they
come as files, where they mean something), and what a model names in `not_exported`: keys, and others' notes.
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from kubelab.accounts.models import User

# Called with somebody; gives further files by their names.
parts: list[Callable[[User], Iterable[tuple[str, str]]]] = []


def export(user: User) -> bytes:
    """Return a ZIP file with everything."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        account = json.dumps(rows_of(user), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
        archive.writestr("account.json", account)
        for part in parts:
            for name, text in part(user):
                archive.writestr(name, text.encode("utf-8", "replace"))
    return file.getvalue()


def rows_of(row: models.Model) -> dict[str, Any]:
    """Return a row with all rows that would go with it when it is deleted."""
    found = fields_of(row)
    for relation in row._meta.related_objects:
        if getattr(relation, "on_delete", None) is not models.CASCADE or holds_bytes(relation.related_model):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: row.pk})
        kept = [rows_of(one) for one in rows.order_by("pk")]
        if kept:
            found[relation.related_model._meta.model_name] = kept
    return found


def fields_of(row: models.Model) -> dict[str, Any]:
    secret = getattr(row, "not_exported", ())
    fields = [field for field in row._meta.concrete_fields if field.name not in secret]
    return {field.name: field.value_from_object(row) for field in fields}


def holds_bytes(model: type[models.Model]) -> bool:
    """Tell whether a model's rows are packed: nothing that anybody could read."""
    return any(isinstance(field, models.BinaryField) for field in model._meta.concrete_fields)
