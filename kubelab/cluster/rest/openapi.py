"""OpenAPI v3 documents, a group and version each, from the schemas of the cluster's version.

Clients read types, descriptions and merge keys off them (explain, apply) and, off the paths, which kinds may be
validated by the server. Source: kubernetes.io, concepts/overview/kubernetes-api, "OpenAPI V3".
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Any

import orjson

from kubelab.cluster.api.errors import NotFound
from kubelab.cluster.kinds import Resources, for_version
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import REF, name_of
from kubelab.cluster.schema.enums import told_definitions

COMPONENTS = "#/components/schemas/"
FIELD_VALIDATION = {"name": "fieldValidation", "in": "query", "schema": {"type": "string", "uniqueItems": True}}


def index(version: str, resources: Resources, prefix: str) -> Object:
    """Returns the index of the documents.

    Args:
        prefix: of the server's own addresses, "/clusters/abc".
    """
    paths = {}
    for name in sorted({*_documents(version), *_custom_documents(resources)}):
        digest = sha256(document(version, resources, name)).hexdigest()[:32].upper()
        paths[name] = {"serverRelativeURL": f"{prefix}/openapi/v3/{name}?hash={digest}"}
    return {"paths": paths}


def document(version: str, resources: Resources, name: str) -> bytes:
    """Returns the document of a group and version ("apis/apps/v1"), as JSON.

    Raises:
        NotFound: there is none.
    """
    custom = _custom_documents(resources).get(name)
    if custom:
        return _written(version, name, custom)
    return _built_in(version, name)


@cache
def _built_in(version: str, name: str) -> bytes:
    kinds = _documents(version).get(name)
    if kinds is None:
        raise NotFound("the server could not find the requested resource")
    return _written(version, name, kinds)


def _custom_documents(resources: Resources) -> dict[str, list[Kind]]:
    found: dict[str, list[Kind]] = {}
    for kind in resources.served():
        if kind.custom is not None:
            found.setdefault(f"apis/{kind.api_version}", []).append(kind)
    return found


def _written(version: str, name: str, kinds: list[Kind]) -> bytes:
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for kind in kinds:
        definition = name_of(version, kind.group, kind.version, kind.name)
        if kind.custom is not None:
            own = ".".join((*reversed(kind.group.split(".")), kind.version, kind.name))
            schemas[own] = _converted(kind.custom.definition, lambda other: _gather(version, other, schemas))
            paths[_path(name, kind)] = _operations(kind)
        elif definition is not None:
            _gather(version, definition, schemas)
            paths[_path(name, kind)] = _operations(kind)
    found = {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": f"v{version}.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return orjson.dumps(found)


@cache
def _documents(version: str) -> dict[str, list[Kind]]:
    found: dict[str, list[Kind]] = {}
    for kind in for_version(version).served():
        found.setdefault(f"apis/{kind.api_version}" if kind.group else f"api/{kind.version}", []).append(kind)
    return found


def _path(document_name: str, kind: Kind) -> str:
    middle = "namespaces/{namespace}/" if kind.namespaced else ""
    return f"/{document_name}/{middle}{kind.plural}/{{name}}"


def _operations(kind: Kind) -> Object:
    identity = {"group": kind.group, "version": kind.version, "kind": kind.name}
    operation = {"x-kubernetes-group-version-kind": identity, "responses": {"200": {"description": "OK"}}}
    write = {**operation, "parameters": [FIELD_VALIDATION]}
    return {"get": operation, "post": write, "put": write, "patch": write}


def _gather(version: str, name: str, schemas: dict[str, Any]) -> None:
    if name in schemas:
        return
    schemas[name] = {}
    schemas[name] = _converted(told_definitions(version)[name], lambda other: _gather(version, other, schemas))


def _converted(schema: Any, refer: Any) -> Any:
    """Returns a JSON schema in OpenAPI's words: no null among the types, nothing beside a $ref."""
    if isinstance(schema, list):
        return [_converted(item, refer) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _property(key, value, refer) for key, value in schema.items()}
    types = found.get("type")
    if isinstance(types, list):
        found["type"] = next(name for name in types if name != "null")
    reference = found.get("$ref")
    if not isinstance(reference, str):
        return found
    refer(reference.removeprefix(REF))
    pointer = {"$ref": COMPONENTS + reference.removeprefix(REF)}
    others = {key: value for key, value in found.items() if key != "$ref"}
    return {"allOf": [pointer], **others} if others else pointer


def _without_identity(name: str, schema: Any) -> Any:
    """The package says which apiVersion and kind an object has, where the server does not."""
    named = name in ("apiVersion", "kind") and isinstance(schema, dict)
    return {key: value for key, value in schema.items() if key != "enum"} if named else schema


def _property(key: str, value: Any, refer: Any) -> Any:
    if key == "properties":
        return {name: _converted(_without_identity(name, schema), refer) for name, schema in value.items()}
    return _converted(value, refer)
