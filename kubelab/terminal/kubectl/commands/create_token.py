"""kubectl create token (kubectl/pkg/cmd/create/create_token.go)."""

from __future__ import annotations

from kubelab.cluster.api.errors import ApiError
from kubelab.cluster.objects import Object
from kubelab.terminal.kubectl.arguments import kind_of
from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.creating import one_name, struct_writer
from kubelab.terminal.kubectl.errors import CommandError
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.printers.output import printer
from kubelab.terminal.kubectl.shared_flags import OUTPUT

_KINDS = ("Node", "Pod", "Secret")  # that a token can end with


def run(call: Call) -> None:
    """Asks for a token of a service account and prints it."""
    name = one_name(call)
    show = printer(call, "created", typed=True)
    _check(call)
    request: Object = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": _spec(call)}
    try:
        answer = call.api.call(
            "create", kind_of(call.kinds, "serviceaccounts"), call.namespace, name, subresource="token", body=request
        )
    except ApiError as error:
        raise CommandError(f"failed to create token: {error.message}") from None
    token = (answer.get("status") or {}).get("token", "")
    if not token:
        raise CommandError("failed to create token: no token in server response")
    if call.flags.text("output"):
        show(struct_writer(call, request)(answer))
    else:
        call.out(f"{token}\n" if call.ctx.tty else token)


def _check(call: Call) -> None:
    flags = call.flags
    duration, kind = flags.seconds("duration"), flags.text("bound-object-kind")
    if duration < 0:
        raise CommandError("--duration must be greater than or equal to 0")
    if duration != int(duration):
        raise CommandError("--duration cannot be expressed in units less than seconds")
    if "" in flags.items("audience"):
        raise CommandError("--audience must not be an empty string")
    if not kind:
        for name in ("bound-object-name", "bound-object-uid"):
            if flags.text(name):
                raise CommandError(f"--{name} can only be set if --bound-object-kind is provided")
        return
    if kind not in _KINDS:
        raise CommandError(f"supported --bound-object-kind values are {', '.join(_KINDS)}")
    if not flags.text("bound-object-name"):
        raise CommandError("--bound-object-name is required if --bound-object-kind is provided")


def _spec(call: Call) -> Object:
    flags = call.flags
    spec: Object = {"audiences": flags.items("audience") or None}
    if flags.seconds("duration"):
        spec["expirationSeconds"] = int(flags.seconds("duration"))
    if flags.text("bound-object-kind"):
        bound = {"kind": flags.text("bound-object-kind"), "apiVersion": "v1", "name": flags.text("bound-object-name")}
        uid = flags.text("bound-object-uid")
        spec["boundObjectRef"] = {**bound, "uid": uid} if uid else bound
    return spec


COMMAND = Command(
    path="create token",
    usage="create token SERVICE_ACCOUNT_NAME",
    short="Ask for a token of a service account",
    run=run,
    examples="""
# A token of the service account "myapp" of this namespace, for the API server
kubectl create token myapp

# The same in another namespace
kubectl create token myapp --namespace myns

# A token that holds for ten minutes
kubectl create token myapp --duration 10m

# A token for somebody else than the API server
kubectl create token myapp --audience https://example.com

# A token that ends with a Secret
kubectl create token myapp --bound-object-kind Secret --bound-object-name mysecret
""",
    flags=(
        *OUTPUT,
        Flag(
            "audience",
            "array",
            [],
            "Whom the token is for, the API server unless it is said. May be given several times.",
        ),
        Flag("bound-object-kind", "string", "", "Kind of the object with which the token ends."),
        Flag("bound-object-name", "string", "", "Name of the object with which the token ends."),
        Flag("bound-object-uid", "string", "", "UID of that object, that of the existing one unless it is said."),
        Flag(
            "duration",
            "duration",
            0.0,
            "How long the token is to hold; 0 leaves it to the server.",
        ),
    ),
)
