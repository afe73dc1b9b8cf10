"""kubectl apply: brings objects to what their manifests say (kubectl/pkg/cmd/apply/apply.go)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.applying import CLIENT_SIDE, SERVER_SIDE, Applier
from kubelab.terminal.kubectl.applyset import ENABLED, ApplySet
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.changing import dry_run, no_arguments, validation, with_last_applied, write_options
from kubelab.terminal.kubectl.command import DEPLOY, Command
from kubelab.terminal.kubectl.commands.delete import CASCADE, FORCE, GRACE_PERIOD, TIMEOUT, propagation
from kubelab.terminal.kubectl.errors import CommandError, Failures, PlainError, message_of, raise_all
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.json import in_order
from kubelab.terminal.kubectl.printers.output import Print, printer
from kubelab.terminal.kubectl.pruning import allowlist, delete, left_over
from kubelab.terminal.kubectl.recording import RECORD, recorded
from kubelab.terminal.kubectl.resources import PROBLEMS, Builder, Info
from kubelab.terminal.kubectl.shared_flags import (
    ALL,
    DRY_RUN,
    OUTPUT,
    SELECTOR,
    VALIDATE,
    field_manager,
    filename_flags,
)
from kubelab.terminal.tool import Poll, Steps

_Waits = Generator[Any, Any, None]


def run(call: Call) -> Steps:
    """Applies what the files say."""
    apply = _Apply(call)
    infos, errors = apply.objects()
    yield from apply.all(infos, errors)
    return 0


class _Apply:
    def __init__(self, call: Call) -> None:
        no_arguments(call)
        flags = call.flags
        self.call = call
        self.server_side = flags.on("server-side")
        self.dry = dry_run(call)
        if flags.changed("applyset") and call.ctx.env.get(ENABLED) != "true":
            raise CommandError(f"unknown flag: --applyset\nSee '{call.command.full_path} --help' for usage.")
        self._set = ApplySet(call, self.dry, validation(call)) if flags.text("applyset") else None
        self._allowlist = allowlist(call) if flags.on("prune") else []
        self._check()
        self._check_pruning()
        self._policy = propagation(call)
        options = write_options(call, dry=self.dry, validate=validation(call))
        if not flags.changed("field-manager"):
            options["fieldManager"] = SERVER_SIDE if self.server_side else CLIENT_SIDE
        self._applier = Applier(call, self.dry, options)
        self._whole = flags.text("output") not in ("", "name")  # objects are shown at the end, not told one by one
        self._printers: dict[str, Print] = {}
        self._told("created")

    def _check(self) -> None:
        flags = self.call.flags
        force = flags.on("force")
        if not flags.items("filename") and not flags.text("kustomize"):
            raise CommandError("must specify one of -f and -k")
        if flags.on("force-conflicts") and not self.server_side:
            raise CommandError("--force-conflicts only works with --server-side")
        if self.dry == "client" and self.server_side:
            raise CommandError(
                "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
            )
        if force and self.server_side:
            raise CommandError("--force cannot be used with --server-side")
        if self.dry == "server" and force:
            raise CommandError("--dry-run=server cannot be used with --force")
        if not flags.on("overwrite"):
            raise CommandError("apply --overwrite=false is not simulated in KubeLab")
        if flags.on("all") and flags.text("selector"):
            raise CommandError("cannot set --all and --selector at the same time")
        if flags.text("subresource") and not self.server_side:
            raise CommandError("--subresource can only be specified for --server-side")

    def _check_pruning(self) -> None:
        """Refuses what does not go with --prune."""
        flags = self.call.flags
        if self._set is not None:
            if not flags.on("prune"):
                raise CommandError("--applyset requires --prune")
            self._set.check()
        if not flags.on("prune"):
            return
        if flags.on("force"):
            raise CommandError("--force cannot be used with --prune")
        if self._set is not None:
            wrong = {"all": flags.on("all"), "selector": flags.text("selector"), "prune-allowlist": self._allowlist}
            for name, given in wrong.items():
                if given:
                    raise CommandError(f"--{name} is incompatible with --applyset")
            return
        if not flags.on("all") and not flags.text("selector"):
            raise CommandError(
                "all resources selected for prune without explicitly passing --all. To prune all resources, pass the "
                "--all flag. If you did not mean to prune all resources, specify a label selector"
            )
        if self.server_side:
            raise CommandError("--prune is in alpha and doesn't currently work on objects created by server-side apply")

    def objects(self) -> tuple[list[Info], list[Exception]]:
        """Returns what the files hold, and what is wrong with them."""
        builder = Builder.of(
            self.call, args=(), all=False, go_on=True, flatten=True, validating=True,
            subresource=self.call.flags.text("subresource"),
        )  # fmt: skip
        return builder.select().infos()

    def all(self, infos: list[Info], errors: list[Exception]) -> _Waits:
        """Applies all objects, then tells what went wrong.

        Raises:
            ApiError, CommandError, Failures: with all of it.
        """
        if not infos and not errors:
            raise CommandError("no objects passed to apply")
        state = self.call.state
        if self._set is not None and not errors:
            self._set.begin(infos)
        errors += [PlainError(text) for text in state.get("failed", ())]
        for index in range(state.get("done", 0), len(infos)):
            state["done"] = index
            try:
                yield from self._one(infos[index])
            except PROBLEMS as error:
                found = error.errors if isinstance(error, Failures) else [error]
                errors += found
                state.pop("replacing", None)
                state["failed"] = [*state.get("failed", ()), *(message_of(each) for each in found)]
        raise_all(errors)
        if self._whole:
            self._show([self._fresh(info) for info in infos])
        if self.call.flags.on("prune"):
            self._prune()

    def _prune(self) -> None:
        """Deletes what was applied once and is not in the files any more."""
        kept, namespaces = self.call.state.get("kept", []), self.call.state.get("namespaces", [])
        if self._set is not None:
            found = self._set.left_over(kept)
        else:
            explicit = [self.call.namespace] if self.call.explicit_namespace else []
            found = left_over(self.call, self._allowlist, {*namespaces, *explicit}, kept)
        for kind, obj in found:
            delete(self.call, kind, obj, self._policy, self.dry)
            self._told("pruned")(obj)
        if self._set is not None:
            self._set.end()

    def _keep(self, info: Info) -> None:
        """Remembers what is in the files, for --prune."""
        state, uid = self.call.state, info.object["metadata"].get("uid")
        state["kept"] = [*state.get("kept", ()), *([uid] if uid else ())]
        state["namespaces"] = [*state.get("namespaces", ()), *([info.namespace] if info.kind.namespaced else ())]

    def _one(self, info: Info) -> _Waits:
        if not info.name and (info.object.get("metadata") or {}).get("generateName"):
            raise CommandError(f"from {info.object['metadata']['generateName']}: cannot use generate name with apply")
        info.object = recorded(self.call, info.object)
        if self.server_side:
            self._applier.apply_on_server(info, self.call.flags.on("force-conflicts"))
            done = "serverside-applied"
        else:
            done = yield from self._on_client(info)
        if self.call.flags.on("prune"):
            self._keep(info)
        if not self._whole:
            self._told(done)(info.object)

    def _on_client(self, info: Info) -> Generator[Any, Any, str]:
        manifest = info.object
        if "replacing" not in self.call.state:
            try:
                return self._applier.apply(info)
            except ApiError as error:
                if not self.call.flags.on("force") or error.reason not in ("Conflict", "Invalid"):
                    raise
        yield from self._replace(info, manifest)
        return "configured"

    def _replace(self, info: Info, manifest: Object) -> _Waits:
        """Deletes an object that cannot be patched, and makes it anew when it is gone (--force)."""
        call, state = self.call, self.call.state
        if "replacing" not in state:
            body: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": self._policy}
            if call.flags.number("grace-period") >= 0:
                body["gracePeriodSeconds"] = call.flags.number("grace-period")
            call.api.call("delete", info.kind, info.namespace, info.name, body=body)
            timeout = call.flags.seconds("timeout")
            state["replacing"] = call.ctx.now + timeout if timeout else None
        until = state["replacing"]
        while call.api.find(info.kind, info.namespace, info.name) is not None:
            if until is not None and call.ctx.now >= until:
                raise CommandError("timed out waiting for the condition")
            yield Poll(until)
        del state["replacing"]
        info.object = call.api.call(
            "create", info.kind, info.namespace, options=self._applier.options, body=with_last_applied(manifest)
        )

    def _fresh(self, info: Info) -> Object:
        """Returns an object as it is shown; where the command went on after a restart, the server is asked again."""
        if self.dry or "uid" in info.object["metadata"]:
            return info.object
        return self.call.api.get(info.kind, info.namespace, info.name)

    def _show(self, objects: list[Object]) -> None:
        if len(objects) == 1:
            self._told("")(objects[0])
            return
        # A List is a struct; what is in it is not.
        items = in_order(objects)
        show = printer(self.call, dry_run=self.dry, typed=True)
        show({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items})

    def _told(self, done: str) -> Print:
        if done not in self._printers:
            self._printers[done] = printer(self.call, done, dry_run=self.dry)
        return self._printers[done]


COMMAND = Command(
    path="apply",
    usage="apply (-f FILENAME | -k DIRECTORY)",
    short="Bring objects to what a file or stdin says",
    run=run,
    group=DEPLOY,
    rank=80,
    long="""
Bring objects to what a file or stdin says. Each must have a name; what does not exist yet is created. What apply did
last is kept in an annotation of the object, so that it knows next time which fields are no longer wanted. Objects
that are to be applied are best created by 'apply', or by 'create --save-config'.

Files may be JSON or YAML.

With --prune, what was applied before and is not in the files any more is deleted: of the objects that -l selects, or
of all of them with --all.
""",
    examples="""
# The Pod of pod.json
kubectl apply -f ./pod.json

# What a directory with a kustomization.yaml makes
kubectl apply -k dir/

# The Pod of a manifest on standard input
cat pod.json | kubectl apply -f -

# All files that end in '.json'
kubectl apply -f '*.json'
""",
    flags=(
        RECORD,
        *filename_flags("that hold what to apply."),
        *OUTPUT,
        ALL,
        CASCADE,
        DRY_RUN,
        field_manager(CLIENT_SIDE),
        FORCE,
        Flag("force-conflicts", "bool", False, "If true, take over fields that others manage, with --server-side."),
        GRACE_PERIOD,
        Flag("openapi-patch", "bool", True, "If true, the server's schema says how lists are merged."),
        Flag("overwrite", "bool", True, "If true, what the files say wins over what others changed."),
        Flag("prune", "bool", False, "Delete what was applied before and is no longer in the files."),
        Flag("prune-allowlist", "array", [], "Kinds that --prune looks at, written <group/version/kind>"),
        Flag("applyset", "string", "", "", hidden=True),
        SELECTOR,
        Flag("server-side", "bool", False, "If true, the server merges, and keeps track of who manages which field."),
        Flag("subresource", "string", "", "Apply to this subresource; only with --server-side."),
        TIMEOUT,
        VALIDATE,
        Flag("wait", "bool", False, "If true, wait until what is deleted is gone, finalizers included."),
    ),
)
