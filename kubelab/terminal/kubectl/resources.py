"""Which objects a command means: by type and name, by selector, or by the manifests of files.

The rules and messages of cli-runtime's resource builder (builder.go, visitor.go, mapper.go).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubelab.cluster.api.errors import ApiError, NotFound
from kubelab.cluster.kinds.kind import Kind
from kubelab.cluster.objects import Object, labels_of, with_metadata
from kubelab.cluster.selectors import SelectorError, parse_labels
from kubelab.terminal.kubectl.arguments import Arguments
from kubelab.terminal.kubectl.errors import CommandError, Failures, raise_all
from kubelab.terminal.kubectl.golang import quote
from kubelab.terminal.kubectl.sources import Source, file_sources

if TYPE_CHECKING:
    from kubelab.terminal.kubectl.call import Call

NOTHING_GIVEN = """You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'"""
LOCAL_NEEDS_FILES = """error: you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'"""
Problem = ApiError | CommandError | Failures
PROBLEMS = (ApiError, CommandError, Failures)


@dataclass
class Info:
    """One object that a command is about; `object` is what a file or the server says of it, if asked."""

    kind: Kind
    namespace: str
    name: str
    object: Object = field(default_factory=dict)
    source: str = ""
    subresource: str = ""
    is_list: bool = False

    @property
    def reference(self) -> str:
        """How kubectl names it: "pod/web", "deployment.apps/web"."""
        kind = f"{self.kind.name}.{self.kind.group}" if self.kind.group else self.kind.name
        return f"{kind.lower()}/{self.name}"


Item = Info | Problem
Act = Callable[[Info], None]


@dataclass
class Selection:
    """What was meant. `single`: one object was asked for, so it is shown as itself and not in a list."""

    items: Iterator[Item]
    single: bool
    go_on: bool
    prepare: Act

    def visit(self, act: Act) -> None:
        """Does something with each object, in order.

        Raises:
            ApiError, CommandError, Failures: at once, or all at the end if the command goes on after errors.
        """
        errors: list[Exception] = []
        for item in self.items:
            try:
                if not isinstance(item, Info):
                    raise item
                self.prepare(item)
                act(item)
            except PROBLEMS as error:
                if not self.go_on:
                    raise
                errors += error.errors if isinstance(error, Failures) else [error]
        raise_all(errors)

    def infos(self) -> tuple[list[Info], list[Exception]]:
        """Returns the objects and what went wrong on the way."""
        found: list[Info] = []
        try:
            self.visit(found.append)
        except Failures as failures:
            return found, failures.errors
        except PROBLEMS as error:
            return found, [error]
        return found, []


@dataclass
class Builder:
    """What a command asks for. The fields are the builder's methods in cli-runtime."""

    call: Call
    args: Sequence[str] = ()
    filenames: Sequence[str] = ()
    recursive: bool = False
    kustomize: str = ""
    namespace: str | None = None
    enforce_namespace: bool = False
    all_namespaces: bool = False
    labels: str = ""
    fields: str = ""
    all: bool = False
    empty_selects_all: bool = False
    chunk: int = 0
    go_on: bool = False
    flatten: bool = False
    latest: bool = False
    need_object: bool = True
    one_type: bool = False
    local: bool = False
    validating: bool = False
    subresource: str = ""
    accept: str = ""
    options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, call: Call, **options: object) -> Builder:
        """Returns a builder with what the call's common flags say."""
        flags = call.flags
        builder = cls(call, call.args)
        if flags.has("filename"):
            builder.filenames = flags.items("filename")
            builder.recursive = flags.on("recursive") if flags.has("recursive") else False
            builder.kustomize = flags.text("kustomize") if flags.has("kustomize") else ""
        builder.labels = flags.text("selector") if flags.has("selector") else ""
        builder.all = flags.on("all") if flags.has("all") else False
        builder.all_namespaces = flags.on("all-namespaces") if flags.has("all-namespaces") else False
        builder.enforce_namespace = call.explicit_namespace
        for name, value in options.items():
            setattr(builder, name, value)
        return builder

    def select(self) -> Selection:
        """Works out what is meant.

        Raises:
            CommandError, Failures: the request makes no sense.
        """
        if self.namespace is None:
            self.namespace = "" if self.all_namespaces else self.call.namespace
        errors: list[Exception] = []
        sources = file_sources(self.call, self.filenames, self.kustomize, self.recursive, errors)
        labels, fields = self.labels.strip(), self.fields.strip()
        if self.all and (labels or fields):
            errors.append(CommandError("setting 'all' parameter but found a non empty selector. "))
        arguments = Arguments.read(self.args, lambda: self.call.kinds, errors)
        raise_all(errors)
        if self.all or (self.empty_selects_all and not labels and arguments.types and not arguments.names):
            select_by = True
        else:
            select_by = bool(labels or fields)
        if self.filenames or self.kustomize:
            return self._by_files(sources, arguments, labels)
        if self.local:
            raise CommandError(LOCAL_NEEDS_FILES)
        if select_by:
            return self._by_selector(arguments, labels, fields)
        if arguments.pairs:
            return self._by_pairs(arguments)
        if arguments.names:
            return self._by_name(arguments)
        if arguments.types:
            for name in arguments.types:
                self.call.kind(name)
            raise CommandError("resource(s) were provided, but no name was specified")
        raise CommandError(NOTHING_GIVEN)

    # by type

    def _by_selector(self, arguments: Arguments, labels: str, fields: str) -> Selection:
        if arguments.names:
            raise CommandError("name cannot be provided when a selector is specified")
        if arguments.pairs:
            raise CommandError("selectors and the all flag cannot be used when passing resource/name arguments")
        if not arguments.types:
            raise CommandError("at least one resource must be specified to use a selector")
        if self.subresource:
            raise CommandError("subresource cannot be used when bulk resources are specified")
        kinds = self._kinds(arguments.types)
        return self._selection(self._lists(kinds, labels, fields), False)

    def _kinds(self, names: Sequence[str]) -> list[Kind]:
        if len(names) > 1 and self.one_type:
            raise CommandError("you may only specify a single resource type")
        return list(dict.fromkeys(self.call.kind(name) for name in names))

    def _lists(self, kinds: Sequence[Kind], labels: str, fields: str) -> Iterator[Item]:
        for kind in kinds:
            options = dict(self.options)
            if labels:
                options["labelSelector"] = labels
            if fields:
                options["fieldSelector"] = fields
            if self.chunk > 0:
                options["limit"] = str(self.chunk)
            namespace = (self.namespace or "") if kind.namespaced else ""
            try:
                while True:
                    found = self.call.api.call("list", kind, namespace, options=options, accept=self.accept)
                    yield Info(kind, namespace, "", found, is_list=True)
                    more = found["metadata"].get("continue")
                    if not more:
                        break
                    options["continue"] = more
            except ApiError as error:
                yield _enhanced(error, kind, labels, fields)

    # by name

    def _by_pairs(self, arguments: Arguments) -> Selection:
        if arguments.types:
            raise CommandError("you may not specify individual resources and bulk resources in the same call")
        kinds = {name: self.call.kind(name) for name, _ in arguments.pairs}
        if self.one_type and len(set(kinds.values())) > 1:
            raise CommandError("you may only specify a single resource type")
        infos = [self._named(kinds[type_name], name) for type_name, name in arguments.pairs]
        return self._selection(iter(infos), len(infos) == 1)

    def _by_name(self, arguments: Arguments) -> Selection:
        if len(arguments.types) > 1:
            raise CommandError("you must specify only one resource")
        kind = self._kinds(arguments.types)[0]
        infos = [self._named(kind, name) for name in arguments.names]
        return self._selection(iter(infos), len(infos) == 1)

    def _named(self, kind: Kind, name: str) -> Info:
        if kind.namespaced and not self.namespace:
            if self.all_namespaces:
                raise CommandError("a resource cannot be retrieved by name across all namespaces")
            raise CommandError("namespace may not be empty when retrieving a resource by name")
        return Info(kind, (self.namespace or "") if kind.namespaced else "", name, subresource=self.subresource)

    # by file

    def _by_files(self, sources: list[Source], arguments: Arguments, labels: str) -> Selection:
        if arguments.types and not arguments.names:
            raise CommandError(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
            )
        if arguments.types or arguments.names:
            raise CommandError(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"
            )
        if arguments.pairs:
            raise CommandError("resource/name arguments cannot be provided when a path is specified")
        if not sources:
            raise CommandError(NOTHING_GIVEN)
        items = self._from(sources)
        if labels:
            items = self._matching(items, labels)
        single = len(sources) == 1 and sources[0].name not in ("STDIN",) and not self.recursive
        return self._selection(items, single)

    def of_sources(self, sources: Sequence[Source]) -> Selection:
        """Returns the objects of texts that are read already; they must be in the builder's namespace."""
        self.enforce_namespace = True
        return self._selection(self._from(sources), False)

    def _from(self, sources: Sequence[Source]) -> Iterator[Item]:
        for source in sources:
            try:
                for document in source.documents(self.validating, self.call.ctx.machine.cluster.version):
                    yield from self._of_document(document, source.name)
            except CommandError as error:
                yield error

    def _of_document(self, document: Object, source: str) -> Iterator[Item]:
        if self.flatten and isinstance(document.get("items"), list) and str(document["kind"]).endswith("List"):
            for item in document["items"]:
                try:
                    yield self._of_object(item, source)
                except CommandError as error:
                    yield error
            return
        try:
            yield self._of_object(document, source)
        except CommandError as error:
            yield error

    def _of_object(self, obj: Object, source: str) -> Info:
        metadata = obj.get("metadata") or {}
        name, namespace = metadata.get("name") or "", metadata.get("namespace") or ""
        api_version, kind_name = obj.get("apiVersion", ""), obj.get("kind", "")
        kind = self._mapped(api_version, kind_name)
        if kind is None:
            raise CommandError(
                f"resource mapping not found for name: {quote(name)} namespace: {quote(namespace)} "
                f"from {quote(source)}: no matches for kind {quote(kind_name)} in version {quote(api_version)}\n"
                "ensure CRDs are installed first"
            )
        return Info(kind, namespace, name, obj, source, self.subresource)

    def _mapped(self, api_version: str, kind_name: str) -> Kind | None:
        if not self.local:
            return self.call.kinds.by_gvk(api_version, kind_name)
        known = self.call.ctx.machine.cluster.resources.by_gvk(api_version, kind_name)
        if known is not None:
            return known
        group, _, version = api_version.rpartition("/")
        return Kind(group=group, version=version, name=kind_name, plural=kind_name.lower() + "s")

    def _matching(self, items: Iterator[Item], labels: str) -> Iterator[Item]:
        try:
            selector = parse_labels(labels)
        except SelectorError as error:
            raise CommandError(f"the provided selector {quote(labels)} is not valid: {error}") from None
        for item in items:
            if not isinstance(item, Info) or selector.matches(labels_of({"metadata": {}, **item.object})):
                yield item

    # all

    def _selection(self, items: Iterator[Item], single: bool) -> Selection:
        return Selection(items, single, self.go_on, self._prepared)

    def _prepared(self, info: Info) -> None:
        if info.is_list or self.local:
            return
        if info.kind.namespaced:
            self._put_namespace(info)
        elif info.namespace:
            info.namespace = ""
            info.object = (
                with_metadata(info.object, namespace=None) if "namespace" in info.object["metadata"] else info.object
            )
        if (info.object and not (info.source and self.latest)) or not self.need_object:
            return
        if info.name:
            info.object = self._fetched(info)

    def _fetched(self, info: Info) -> Object:
        try:
            return self.call.api.call(
                "get", info.kind, info.namespace, info.name,
                subresource=info.subresource, options=self.options, accept=self.accept,
            )  # fmt: skip
        except NotFound:
            namespaces = self.call.kinds.find("namespaces")
            if info.namespace not in ("", "default") and namespaces is not None:
                self.call.api.get(namespaces, "", info.namespace)  # that there is no such namespace says more
            raise

    def _put_namespace(self, info: Info) -> None:
        namespace = self.namespace or ""
        if not info.namespace:
            if not namespace:
                return
            info.namespace = namespace
            if info.object:
                metadata = {**(info.object.get("metadata") or {}), "namespace": namespace}
                info.object = {**info.object, "metadata": metadata}
        elif self.enforce_namespace and info.namespace != namespace and info.source:
            raise CommandError(
                f"the namespace from the provided object {quote(info.namespace)} does not match the namespace "
                f"{quote(namespace)}. You must pass '--namespace={info.namespace}' to perform this operation."
            )


def _enhanced(error: ApiError, kind: Kind, labels: str, fields: str) -> ApiError:
    """Returns what the server said of a list with what was to be listed (cli-runtime's EnhanceListError)."""
    if error.reason not in ("BadRequest", "NotFound"):
        return error
    subject = quote(f"{kind.group}/{kind.version}, Resource={kind.plural}")
    if not labels and not fields:
        return type(error)(f"Unable to list {subject}: {error.message}", error.details)
    wanted = f"that match label selector {quote(labels)}, field selector {quote(fields)}"
    return type(error)(f"Unable to find {subject} {wanted}: {error.message}", error.details)
