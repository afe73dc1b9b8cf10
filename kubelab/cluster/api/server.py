"""The API server: one pipeline for everything that is asked of a cluster, whoever asks.

Authentication is done before a request gets here. The order is the real one: authorize, decode, default,
mutate, validate, store, tell the watchers.
Source: k8s.io/apiserver; kubernetes.io, reference/using-api/api-concepts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubelab.cluster.api import (
    bodies,
    deletion,
    errors,
    escalation,
    fieldmanagers,
    managedfields,
    metadata,
    patches,
    reviews,
    revisions,
    serviceips,
    space,
    subresources,
    tables,
)
from kubelab.cluster.api.admission import Admission
from kubelab.cluster.api.aggregation import Aggregation
from kubelab.cluster.api.authorization import Authorizer
from kubelab.cluster.api.binding import Binding
from kubelab.cluster.api.client import Client
from kubelab.cluster.api.computed import computed
from kubelab.cluster.api.conversions import storage_kind, stored
from kubelab.cluster.api.correlator import Correlator
from kubelab.cluster.api.events import PREFIX as EVENTS
from kubelab.cluster.api.events import Ways
from kubelab.cluster.api.extensions import Extensions, shown_as
from kubelab.cluster.api.indexes import index_kind
from kubelab.cluster.api.kubelets import Kubelets, NoKubelets
from kubelab.cluster.api.lists import BEATING, answered, list_objects
from kubelab.cluster.api.notices import notices
from kubelab.cluster.api.options import check_options
from kubelab.cluster.api.request import Request, Response
from kubelab.cluster.api.watching import Watch, open_watch
from kubelab.cluster.clock import Clock
from kubelab.cluster.kinds import Resources, is_alias, minor
from kubelab.cluster.kinds.kind import Cause, Kind
from kubelab.cluster.kinds.names import metadata_causes, update_causes
from kubelab.cluster.objects import Key, Object, is_being_deleted, key_of
from kubelab.cluster.randomness import Randomness
from kubelab.cluster.schema.decoder import DecodingError, decode
from kubelab.cluster.store import Store
from kubelab.cluster.user import User

NO_REVISION = "0x0: must be specified for an update"
NOT_SERVED = errors.NOT_SERVED


class ApiServer:
    """Serves the objects of one store.

    Args:
        resources: the kinds that are served.
    """

    def __init__(self, store: Store, clock: Clock, random: Randomness, resources: Resources, version: str) -> None:
        self.store = store
        self.clock = clock
        self.random = random
        self.resources = resources
        self.version = version
        self.correlator = Correlator(clock)
        self.ways: Ways = {}
        store.table(EVENTS).fold()
        self.admission = Admission(self)
        self.authorizer = Authorizer(self)
        self.kubelets: Kubelets = NoKubelets()
        self.fresh: Callable[[Kind, Object], Object] = lambda _kind, obj: obj
        self.stale: Callable[[Kind, Key], bool] | None = None  # whether what lies in etcd is to be written anew
        self.unreadable: Callable[[Kind, str], str] | None = None  # why what lies in etcd cannot be decrypted
        self._binding = Binding(clock)
        for kind in resources:
            index_kind(store, kind)
        self.extensions = Extensions(self)
        self.aggregation = Aggregation(self)

    def restored(self) -> None:
        """Rebuilds what is worked out from the store; called once after it was loaded."""
        self.correlator.restored(self.store.table(EVENTS).all_kept())
        self.extensions.restored()
        self.aggregation.restored()

    def become(self, version: str) -> None:
        """Serves as the API server of another minor version does; `resources` are its kinds already."""
        self.version = version
        for kind in self.resources:
            index_kind(self.store, kind)
        self.authorizer.become(version)
        self.aggregation.restored()

    def client(self, user: User, manager: str, source: str = "") -> Client:
        """Returns a client for something that runs in the cluster.

        Args:
            user: whom it acts as.
            manager: its name as a field manager.
            source: its name as a source of events; "" for the same.
        """
        return Client(self, user, manager, source)

    def handle(self, request: Request) -> Response:
        """Answers one request.

        Raises:
            ApiError: with the code, reason and words that the real server answers with.
        """
        self.authorizer.check(request)
        check_options(request, self.version)
        bodies.check(request)
        told = notices(request, self.version)
        response = self._answer(request)
        if told:
            response.warnings = [*told, *response.warnings]
        return response

    def _answer(self, request: Request) -> Response:
        warnings: list[str] = []
        if request.subresource and request.subresource not in request.kind.subresources:
            raise errors.NotFound(NOT_SERVED)
        answer = subresources.handlers().get(request.subresource) if request.subresource else None
        if answer is not None:
            return answer(self, request, warnings)
        if request.verb == "get":
            revisions.known(self, request)
            return self._shown(request, self.get(request.kind, request.key))
        if request.verb == "list":
            revisions.check(request, self.version)
            return Response(answered(self, request))
        if reviews.is_answered(request):
            return reviews.answer(self, request, warnings)
        if request.verb == "create":
            obj = self.decoded(request, request.body, warnings)
            metadata.check_namespace(request, obj)
            created = self.create(
                request.kind, obj, namespace=request.namespace, user=request.user, manager=request.manager,
                dry_run=request.dry_run, warnings=warnings, noted=True,
            )  # fmt: skip
            return self._shown(request, created, 201, warnings)
        if request.verb == "update":
            obj = self.decoded(request, request.body, warnings)
            return self._shown(request, self.put(request, obj, warnings), 200, warnings)
        if request.verb == "patch":
            return patches.handle(self, request, warnings)
        if request.verb == "delete":
            return Response(self.handle_delete(request))
        if request.verb == "deletecollection":
            return Response(self.delete_collection(request))
        raise errors.MethodNotAllowed("the server does not allow this method on the requested resource")

    def _shown(self, request: Request, obj: Object, code: int = 200, warnings: Sequence[str] = ()) -> Response:
        return Response(tables.shown(self, request, obj), code, list(warnings))

    def decoded(self, request: Request, body: object, warnings: list[str]) -> Object:
        """Returns a body as an object of the request's kind, checked against the schema.

        Raises:
            BadRequest: for what is no such object.
        """
        try:
            how = request.options.get("fieldValidation", "Warn")
            return decode(self.version, request.kind, body, how, warnings, request.doubled)
        except DecodingError as error:
            raise errors.BadRequest(str(error)) from None

    # reading

    def find(self, kind: Kind, key: Key) -> Object | None:
        """Returns an object as it is served, or None."""
        if (found := computed(self, kind, key.namespace, key.name)) is not None:
            return found[0] if found else None
        obj = self.store.table(kind.prefix).rows.get(kind.path(key))
        if obj is not None and (kind.custom is not None or obj.get("apiVersion") != kind.api_version):
            return shown_as(kind, obj)
        return self.fresh(kind, obj) if obj is not None and kind.name in BEATING else obj

    def get(self, kind: Kind, key: Key) -> Object:
        """Returns an object.

        Raises:
            NotFound: if there is none.
            InternalError: it lies in etcd encrypted, and the key is not there.
        """
        obj = self.find(kind, key)
        if obj is None:
            raise errors.not_found(kind, key.name)
        if self.unreadable is not None and (why := self.unreadable(kind, kind.path(key))):
            raise errors.InternalError(f"Internal error occurred: {why}")
        return obj

    def watch(self, request: Request) -> Watch:
        """Opens a watch; see `watching`."""
        self.authorizer.check(request)
        return open_watch(self, request)

    # writing

    def create(
        self,
        kind: Kind,
        obj: Object,
        *,
        namespace: str = "",
        user: User,
        manager: str,
        dry_run: bool = False,
        warnings: list[str] | None = None,
        noted: bool = False,
    ) -> Object:
        """Creates an object: defaults, admission, validation, storage.

        Args:
            manager: the field manager.
            noted: whether what it writes is noted in metadata.managedFields.
        """
        if is_alias(kind):
            made = self.create(
                storage_kind(self.resources, kind), stored(kind, obj), namespace=namespace, user=user,
                manager=manager, dry_run=dry_run, warnings=warnings, noted=noted,
            )  # fmt: skip
            return shown_as(kind, made)
        if kind.custom is not None and "create" not in kind.verbs:
            raise errors.MethodNotAllowed("create not allowed while custom resource definition is terminating")
        meta = obj.get("metadata") or {}
        namespace = (meta.get("namespace") or namespace) if kind.namespaced else ""
        if not meta.get("name") and not meta.get("generateName"):
            cause = Cause("FieldValueRequired", "Required value: name or generateName is required", "metadata.name")
            raise errors.invalid(kind, "", [cause])
        revision = self.store.revision + 1
        new = metadata.created(obj, namespace, revision, self.clock, self.random)
        key = key_of(new)
        if self.find(kind, key) is not None:
            if not meta.get("name"):
                longer = meta["generateName"] + self.random.suffix(revision, length=1)
                return self.create(
                    kind, {**obj, "metadata": {**meta, "generateName": longer}},
                    namespace=namespace, user=user, manager=manager, dry_run=dry_run, warnings=warnings, noted=noted,
                )  # fmt: skip
            raise errors.already_exists(kind, key.name)
        if kind.default is not None:
            new = kind.default(new)
        brought = serviceips.without_allocated(new, obj) if kind.name == "Service" else new
        new = self.admission.mutate(kind, new, None, user)
        if kind.prepare_create is not None:
            new = kind.prepare_create(new)
            if kind.name == "Pod" and self.version < "1.33":
                new = metadata.without_generation(new)
        self.check(kind, key.name, new, None)
        if kind.name == "Service":
            new = serviceips.allocated(self, kind, new, None)
        new = self.admission.admit(kind, new, None, user, dry_run=dry_run, warnings=warnings)
        if noted:
            escalation.confirm(self, kind, new, None, user)
            new = managedfields.after_creation(self.version, kind, new, brought, manager, self.clock)
            space.check_size(new)
        space.check_room(self.store)
        return new if dry_run else self._store(kind, key, new)

    def check(self, kind: Kind, name: str, new: Object, old: Object | None, subresource: str = "") -> None:
        """Validates an object by its kind's rules.

        Raises:
            Invalid: with all that is wrong.
        """
        # What did not change was checked when it came.
        causes = metadata_causes(kind.name, new) if old is None or new["metadata"] is not old["metadata"] else []
        if old is not None:
            causes += update_causes(new, old)
        if kind.validate is not None and (old is None or kind.custom is None):
            causes += kind.validate(new)
        if kind.validate_in is not None:
            causes += kind.validate_in(new, old, minor(self.version))
        if old is not None and kind.validate_update is not None:
            judge = kind.validate_subresource.get(subresource) or kind.validate_update
            causes = [*causes, *judge(new, old)]
        if causes and self.version < "1.34":
            causes = [cause._replace(message=cause.go or cause.message) for cause in causes]
        if causes:
            raise errors.invalid(kind, name, causes)

    def put(self, request: Request, obj: Object, warnings: list[str]) -> Object:
        """Replaces an object, or one of its subresources, by what an update brings."""
        old = self.get(request.kind, request.key)
        obj = fieldmanagers.without_managers(self.version, request.kind, metadata.named_as_asked(request, obj), old)
        if request.subresource == "status":
            known = {**old["metadata"], **metadata.revision_of(obj)}
            obj = {**old, "status": obj.get("status") or {}, "metadata": known}
        return self.update(
            request.kind, obj, user=request.user, manager=request.manager, subresource=request.subresource,
            dry_run=request.dry_run, warnings=warnings, noted=True,
        )  # fmt: skip

    def update(
        self,
        kind: Kind,
        obj: Object,
        *,
        user: User,
        manager: str,
        subresource: str = "",
        dry_run: bool = False,
        warnings: list[str] | None = None,
        noted: bool = False,
    ) -> Object:
        """Updates an object: concurrency, defaults, admission, validation, storage."""
        if is_alias(kind):
            made = self.update(
                storage_kind(self.resources, kind), stored(kind, obj), user=user, manager=manager,
                subresource=subresource, dry_run=dry_run, warnings=warnings, noted=noted,
            )  # fmt: skip
            return shown_as(kind, made)
        key = key_of(obj)
        old = self.get(kind, key)
        metadata.confirm(kind, obj, old)
        if subresource == "status":
            new = {**old, "metadata": metadata.of_status(obj, old), "status": obj.get("status") or {}}
            if kind.custom is not None:
                new = kind.default(new) if kind.default is not None else new
                self.check(kind, key.name, new, old)
        else:
            new = self._replaced(kind, obj, old, user, subresource)
        new = self.admission.admit(
            kind, new, old, user, dry_run=dry_run, warnings=warnings, subresource=subresource
        )  # fmt: skip
        if metadata.same_but_for_revision(new, old) and new["metadata"].get("managedFields") == old["metadata"].get(
            "managedFields"
        ):
            if dry_run or self.stale is None or not self.stale(kind, key):
                return old
            return self._store(kind, key, new)
        if noted:
            escalation.confirm(self, kind, new, old, user)
            new = managedfields.after_update(self.version, kind, new, old, manager, subresource, self.clock)
            space.check_size(new)
        if dry_run:
            return new
        if is_being_deleted(new) and not new["metadata"].get("finalizers") and _may_go(kind, new):
            self.store.delete(kind.path(key))
            return new
        return self._store(kind, key, new)

    def _replaced(self, kind: Kind, obj: Object, old: Object, user: User, subresource: str) -> Object:
        """Returns what an update makes of an object, its status aside."""
        if kind.custom is not None and not obj["metadata"].get("resourceVersion"):
            cause = Cause("FieldValueInvalid", f"Invalid value: {NO_REVISION}", "metadata.resourceVersion")
            raise errors.invalid(kind, old["metadata"]["name"], [cause])
        new = metadata.updated(obj, old)
        if "status" in kind.subresources:
            new = {**new, "status": old["status"]} if "status" in old else _without(new, "status")
        if kind.default is not None:
            new = kind.default(new)
        new = self.admission.mutate(kind, new, old, user)
        if kind.name == "Service":
            new = serviceips.allocated(self, kind, new, old)
        if kind.prepare_update is not None:
            new = kind.prepare_update(new, old)
        new = metadata.bumped(new, old)
        self.check(kind, old["metadata"]["name"], new, old, subresource)
        return new

    def report(self, kind: Kind, obj: Object, status: Object) -> Object:
        """Stores an object that stands with another status; see `Client.report`."""
        metadata, prefix = obj["metadata"], kind.prefix
        path = f"{prefix}{metadata['namespace']}/{metadata['name']}" if kind.namespaced else prefix + metadata["name"]
        return self.store.write(self.store.table(prefix), path, {**obj, "status": status})

    def _store(self, kind: Kind, key: Key, obj: Object) -> Object:
        custom = kind.custom
        if custom is None:
            return self.store.write(self.store.table(kind.prefix), kind.path(key), obj)
        kept = obj if obj["apiVersion"] == custom.storage_version else {**obj, "apiVersion": custom.storage_version}
        return shown_as(kind, self.store.write(self.store.table(kind.prefix), kind.path(key), kept))

    # deleting

    def handle_delete(self, request: Request) -> Object:
        """Deletes as a DELETE request asks; answers with the object, or a Status once it is gone."""
        options = deletion.options_of(request, self.version)
        deletion.check_preconditions(request.kind, self.get(request.kind, request.key), options)
        obj, gone = self.delete(
            request.kind, request.key, grace=options.grace, propagation=options.propagation, user=request.user,
            dry_run=request.dry_run,
        )  # fmt: skip
        if not gone or request.kind.name == "Pod":
            return obj
        details = {"name": request.name, "kind": request.kind.plural, "uid": obj["metadata"]["uid"]}
        if request.kind.group:
            details["group"] = request.kind.group
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}

    def delete(
        self,
        kind: Kind,
        key: Key,
        *,
        grace: int | None = None,
        propagation: str | None = None,
        uid: str | None = None,
        user: User,
        dry_run: bool = False,
    ) -> tuple[Object, bool]:
        """Deletes an object or begins to.

        Returns:
            The object, and whether it is gone.
        """
        obj = self.get(kind, key)
        deletion.check_preconditions(kind, obj, deletion.Options(uid=uid))
        self.admission.admit_deletion(kind, obj, user)
        if kind.prepare_delete is not None:
            obj = kind.prepare_delete(obj, self.clock.timestamp())
        seconds = deletion.grace_of(kind.name, obj, grace)
        finalizers = deletion.finalizers_for(obj, propagation)
        stays = finalizers or seconds or (kind.name == "Namespace" and obj.get("spec", {}).get("finalizers"))
        if dry_run:
            return obj, not stays
        if not stays:
            self.store.delete(kind.path(key))
            return obj, True
        begun = deletion.begun(obj, seconds, finalizers, self.clock)
        if kind.name == "Namespace":
            begun = {**begun, "status": {**begun.get("status", {}), "phase": "Terminating"}}
        return (self._store(kind, key, begun) if begun is not obj else obj), False

    def delete_collection(self, request: Request) -> Object:
        """Deletes all that a list with the same options would show."""
        options = deletion.options_of(request, self.version)
        found = list_objects(self, request, plain=True)
        for obj in found["items"]:
            self.delete(
                request.kind, key_of(obj), grace=options.grace, propagation=options.propagation, user=request.user,
                dry_run=request.dry_run,
            )  # fmt: skip
        return found

    # what components ask for

    def bind(self, key: Key, node: str) -> Object:
        """Assigns a Pod to a node, as POST pods/binding does.

        Raises:
            Conflict: if it has one already.
        """
        kind = self.resources.find("pods")
        assert kind is not None
        table, path = self.store.table(kind.prefix), kind.path(key)
        pod = table.rows.get(path)
        if pod is None:
            raise errors.not_found(kind, key.name)
        if pod["spec"].get("nodeName"):
            raise errors.conflict(
                kind, key.name, f"pod {key.name} is already assigned to node {pod['spec']['nodeName']!r}"
            )
        return self.store.write(table, path, self._binding.bound(pod, node))

    def finalize_namespace(self, name: str) -> None:
        """Takes the finalizer `kubernetes` off a namespace, which then goes (namespaces/finalize)."""
        kind = self.resources.find("namespaces")
        assert kind is not None
        namespace = self.get(kind, Key("", name))
        left = [found for found in namespace["spec"].get("finalizers") or () if found != "kubernetes"]
        finalized = {**namespace, "spec": {**namespace["spec"], "finalizers": left}}
        if is_being_deleted(namespace) and not left and not namespace["metadata"].get("finalizers"):
            self.store.delete(kind.path(Key("", name)))
        else:
            self.store.put(kind.path(Key("", name)), finalized)


def _may_go(kind: Kind, obj: Object) -> bool:
    """Tells whether nothing but metadata.finalizers can hold an object: a Namespace is held by its spec as well."""
    if kind.name == "Namespace":
        return not obj.get("spec", {}).get("finalizers")
    if kind.name == "Pod" and is_being_deleted(obj):
        return not obj["metadata"].get("deletionGracePeriodSeconds")
    return True


def _without(obj: Object, field: str) -> Object:
    return {name: value for name, value in obj.items() if name != field}
