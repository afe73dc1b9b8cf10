"""Server-side apply: a manager says all that it wants, and owns just that.

Source: kubernetes.io, reference/using-api/server-side-apply; sigs.k8s.io/structured-merge-diff.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

from kubelab.cluster.api import errors, escalation, fieldmanagers, managedfields, metadata, tables
from kubelab.cluster.api.fieldsets import ITSELF, Path, item_element, shown, to_fields_v1
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object
from kubelab.cluster.schema.definitions import Definition, definitions, target

if TYPE_CHECKING:
    from kubelab.cluster.api.server import ApiServer

APPLY = "Apply"
PRESERVES = "x-kubernetes-preserve-unknown-fields"


def apply(server: ApiServer, request: Request, warnings: list[str]) -> Response:
    """Answers an apply PATCH: creates the object or merges what the manager wants into it.

    Raises:
        Conflict: if another manager owns a field with another value, unless the request forces it.
        BadRequest: of what is to be applied is another kind, name or namespace, or it has managedFields.
        Untyped: it has fields that the kind has not.
    """
    manager = request.options.get("fieldManager", "")
    merger = _Merger(server, request.kind)
    _check_body(request, merger)
    config = server.decoded(request, request.body, warnings)
    config["metadata"] = {**config["metadata"], "name": request.name}
    if request.kind.namespaced:
        config["metadata"]["namespace"] = request.namespace
    live = server.find(request.kind, request.key)
    escalation.confirm(server, request.kind, {**(live or {}), **config}, live, request.user)
    if live is None:
        entry = merger.entry(manager, config, request.subresource)
        created = server.create(
            request.kind, managedfields.with_entries(config, [entry]), namespace=request.namespace,
            user=request.user, manager="", dry_run=request.dry_run, warnings=warnings,
        )  # fmt: skip
        return Response(tables.shown(server, request, created), 201, warnings)
    new = merger.merged(live, config, manager, request.subresource, force=request.options.get("force") == "true")
    stored = server.update(
        request.kind, new, user=request.user, manager="", subresource=request.subresource,
        dry_run=request.dry_run, warnings=warnings,
    )  # fmt: skip
    return Response(tables.shown(server, request, stored), 200, warnings)


class Untyped(errors.ApiError):
    """What is to be applied does not fit its kind's schema; the server gives no reason beside its words."""

    reason: ClassVar[str] = ""


def _check_body(request: Request, merger: _Merger) -> None:
    """Looks at what is to be applied as field management does (internal/versioncheck.go, structuredmerge.go)."""
    body, kind = request.body, request.kind
    named = body.get("metadata")
    named = named if isinstance(named, dict) else {}
    api_version, name = body.get("apiVersion") or "", body.get("kind") or ""
    if (api_version, name) != (kind.api_version, kind.name):
        raise errors.BadRequest(f"invalid object type: {_shown_kind(api_version, name)}")
    if named.get("managedFields"):
        raise errors.BadRequest("metadata.managedFields must be nil")
    unknown = merger.unknown(body)
    if unknown:
        what = f"{named.get('namespace', '')}/{named.get('name', '')}; {_shown_kind(api_version, name)}"
        raise Untyped(f"failed to create typed patch object ({what}): {unknown}")
    given, wanted = named.get("name", ""), request.name
    if given and given != wanted:
        raise errors.BadRequest(f"the name of the object ({given}) does not match the name on the URL ({wanted})")
    metadata.check_namespace(request, {"metadata": named})


def _shown_kind(api_version: str, name: str) -> str:
    """Names a kind as Go's GroupVersionKind does."""
    return f"{api_version if '/' in api_version else f'/{api_version}'}, Kind={name}"


def with_configuration(server: ApiServer, kind: Kind, obj: Object, configuration: Object) -> Object:
    """Returns an object with what a configuration says, merged as an apply merges it; nobody comes to own anything.

    Raises:
        ValueError: the configuration has unknown fields, or what can only be replaced as a whole.
    """
    merger = _Merger(server, kind)
    merged: Object = merger.with_config(obj, configuration)
    return merged


class _Merger:
    def __init__(self, server: ApiServer, kind: Kind) -> None:
        self._server = server
        self._kind = kind
        self._definitions = definitions(server.version)
        self._schema = managedfields.schema_of(server.version, kind)

    def unknown(self, config: Any) -> str:
        """Returns what the schema does not know of a configuration, as structured-merge-diff says it."""
        unknown: list[str] = []
        self._look(config, self._schema, "", unknown, [])
        return unknown[0] if len(unknown) == 1 else "\n  ".join(["errors:", *unknown]) if unknown else ""

    def with_config(self, live: Any, config: Any) -> Any:
        """Returns a live object with what a configuration says; see `with_configuration`."""
        unknown = self.unknown(config)
        if unknown:
            raise ValueError(f"failed to convert patch object to typed object: {unknown}")
        atomic: list[str] = []
        self._look(config, self._schema, "", [], atomic)
        if atomic:
            said = ", ".join(atomic)
            raise ValueError(f"invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {said}")
        return self._merge(live, config, self._schema)

    def _look(self, config: Any, schema: Definition, path: str, unknown: list[str], atomic: list[str]) -> None:
        definition = self._definitions.get(target(schema) or "", schema)
        if isinstance(config, dict):
            if "atomic" in (schema.get("x-kubernetes-map-type"), definition.get("x-kubernetes-map-type")):
                atomic.append(path)
            properties, more = definition.get("properties", {}), definition.get("additionalProperties")
            for field, value in config.items():
                if field not in properties and properties and more is None and not schema.get(PRESERVES):
                    unknown.append(f"{path}.{field}: field not declared in schema")
                below = properties.get(field) or (more if isinstance(more, dict) else {})
                self._look(value, below, f"{path}.{field}", unknown, atomic)
        elif isinstance(config, list):
            if "items" in schema and schema.get("x-kubernetes-list-type", "atomic") == "atomic":
                atomic.append(path)
            for place, item in enumerate(config):
                self._look(item, schema.get("items", {}), f"{path}[{place}]", unknown, atomic)

    def entry(self, manager: str, config: Object, subresource: str) -> Object:
        """Returns the entry of a manager that applied `config`."""
        owned = list(managedfields.fields(self._server.version, self._kind, config))
        return managedfields.entry_for(self._kind, manager, APPLY, subresource, owned, self._server.clock)

    def merged(self, live: Object, config: Object, manager: str, subresource: str, *, force: bool) -> Object:
        """Returns the live object with what the manager wants, and without what it wants no longer."""
        wanted = managedfields.fields(self._server.version, self._kind, config)
        present = managedfields.fields(self._server.version, self._kind, live)
        mine, others = self._owners(live, manager, subresource)
        differing = {path for path, value in wanted.items() if path[-1] != ITSELF and present.get(path, value) != value}
        if not force:
            self._check_conflicts(differing, others, manager)
        object_schema = self._schema
        new = self._merge(live, config, object_schema)
        shared = {path for entry in others for path in managedfields.paths_of(entry)}
        gone = [path for path in mine if path in present and path not in wanted and path not in shared]
        for path in sorted(gone, key=len, reverse=True):
            new = self._removed(new, path, object_schema, {p[:-1] if p[-1] == ITSELF else p for p in wanted} | shared)
        kept = [self._less(entry, differing) for entry in others]
        return managedfields.with_entries(
            new, [*(entry for entry in kept if entry), self.entry(manager, config, subresource)]
        )

    def _owners(self, live: Object, manager: str, subresource: str) -> tuple[list[Path], list[Object]]:
        mine: list[Path] = []
        others: list[Object] = []
        for entry in managedfields.entries(fieldmanagers.with_managers(self._server.version, self._kind, live)):
            identity = entry.get("manager"), entry.get("operation"), entry.get("subresource", "")
            if identity == (manager, APPLY, subresource):
                # What was applied in another version of a built-in kind has other fields: none of them is taken away.
                same = self._kind.custom is not None or entry.get("apiVersion") == self._kind.api_version
                mine = list(managedfields.paths_of(entry)) if same else []
            else:
                others.append(entry)
        return mine, others

    def _check_conflicts(self, differing: set[Path], others: list[Object], manager: str) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        for entry in others:
            for path in managedfields.paths_of(entry):
                if path in differing:
                    who = f'"{entry["manager"]}"'
                    if entry.get("subresource"):
                        who += f' with subresource "{entry["subresource"]}"'
                    if entry["operation"] == "Update":
                        who += f" using {entry['apiVersion']}"
                    found[who].append(shown(path))
        if found:
            raise _conflict(found)

    def _less(self, entry: Object, lost: set[Path]) -> Object | None:
        paths = managedfields.paths_of(entry)
        left = [path for path in paths if path not in lost]
        if len(left) == len(paths):
            return entry
        return {**entry, "fieldsV1": to_fields_v1(left)} if left else None

    def _merge(self, live: Any, config: Any, schema: Definition) -> Any:
        definition = self._definitions.get(target(schema) or "", schema)
        if isinstance(config, dict) and isinstance(live, dict) and schema.get("x-kubernetes-map-type") != "atomic":
            properties, more = definition.get("properties", {}), definition.get("additionalProperties")
            result = dict(live)
            for field, value in config.items():
                below = properties.get(field) or (more if isinstance(more, dict) else {})
                result[field] = self._merge(live[field], value, below) if field in live else value
            return result
        kind = schema.get("x-kubernetes-list-type")
        if isinstance(config, list) and isinstance(live, list) and kind == "set":
            return [*live, *(item for item in config if item not in live)]
        if isinstance(config, list) and isinstance(live, list) and kind == "map":
            return self._merge_items(live, config, schema)
        return config

    def _merge_items(self, live: list[Any], config: list[Any], schema: Definition) -> list[Any]:
        result = list(live)
        places = {item_element(item, schema): place for place, item in enumerate(live)}
        for item in config:
            place = places.get(item_element(item, schema))
            if place is None:
                result.append(item)
            else:
                result[place] = self._merge(live[place], item, schema.get("items", {}))
        return result

    def _removed(self, value: Any, path: Path, schema: Definition, kept: set[Path]) -> Any:
        """Returns a value without what stands at a path; containers go only when nobody else owns a part of them."""
        definition = self._definitions.get(target(schema) or "", schema)
        element, rest = path[0], path[1:]
        if isinstance(value, dict) and element.startswith("f:"):
            field = element[2:]
            if field not in value:
                return value
            if not rest or (rest == (ITSELF,) and not value[field]):
                return {name: inner for name, inner in value.items() if name != field}
            if rest == (ITSELF,):
                return value
            more = definition.get("additionalProperties")
            below = definition.get("properties", {}).get(field) or (more if isinstance(more, dict) else {})
            return {**value, field: self._removed(value[field], rest, below, kept)}
        if isinstance(value, list) and element[:2] in ("k:", "v:"):
            return self._removed_item(value, element, rest, schema, kept)
        return value

    def _removed_item(
        self, items: list[Any], element: str, rest: Path, schema: Definition, kept: set[Path]
    ) -> list[Any]:
        result = []
        for item in items:
            if item_element(item, schema) != element:
                result.append(item)
            elif rest and rest != (ITSELF,):
                result.append(self._removed(item, rest, schema.get("items", {}), kept))
            elif rest == (ITSELF,) and any(element in path for path in kept):
                result.append(item)
        return result


def _conflict(found: dict[str, list[str]]) -> errors.Conflict:
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who}", "field": field}
        for who, names in found.items()
        for field in names
    ]
    count = len(causes)
    if count == 1:
        text = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        parts = "\n".join(
            f"conflicts with {who}:\n" + "\n".join(f"- {name}" for name in names) for who, names in found.items()
        )
        text = f"Apply failed with {count} conflicts: {parts}"
    return errors.Conflict(text, {"causes": causes})
