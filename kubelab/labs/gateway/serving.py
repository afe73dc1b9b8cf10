"""One request of a learner's client: who asks, then an act on their cluster, committed before the answer."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from kubelab.cluster.api.errors import ApiError, Forbidden, ServiceUnavailable, Unauthorized
from kubelab.cluster.api.server import ApiServer
from kubelab.cluster.api.watching import Watch
from kubelab.cluster.rest.access import acting_user
from kubelab.cluster.rest.calls import Call, Reply, answer, refusal, request_of
from kubelab.labs.gateway import streams, tokens
from kubelab.labs.gateway.logs import LogStream, is_followed
from kubelab.labs.gateway.streams import Stream
from kubelab.labs.gateway.watching import WatchStream, resumed
from kubelab.labs.keeping import Act, NotKept
from kubelab.labs.models import Lab
from kubelab.labs.timekeeping import LINGER
from kubelab.labs.visits import visit, wake
from kubelab.terminal.kubectl.printers.yaml import to_yaml

WAKE_AHEAD = LINGER - 10.0  # seconds that a cluster is to stay awake still; asked more often, it is not written anew
NO_ACCOUNT_YET = (b'serviceaccount \\"default\\" not found', b'serviceaccount "default" not found')  # JSON, YAML
RETRY_AFTER = 1  # seconds
PATIENCE = 1.0  # virtual seconds that the server waits for a namespace's account (plugin/pkg/admission/serviceaccount)
Doing = Callable[[Act, Call], Reply | Stream]


def serve(public_id: str, token: str, call: Call, do: Doing | None = None) -> Reply | Stream:
    """Answer a request; call it in a worker's thread.

    Args:
        public_id: of the lab that is meant.
        token: the bearer token that came with it.
        call: what is asked; its user is found here.
        do: what is done in the act, by default what the API does.
    """
    lab = Lab.objects.filter(public_id=public_id).first()
    # Who has no token does not learn whether there is such a cluster.
    if lab is None or not (tokens.is_admins(lab, token) or tokens.could_be_an_accounts(token)):
        return refusal(Unauthorized("Unauthorized"))
    found: list[Reply | Stream] = []
    acts: list[Act] = []
    try:
        visit(lab.pk, partial(_answer_in, token, call, do or _answer, found, acts))
    except NotKept as error:
        return refusal(ServiceUnavailable(str(error), {"retryAfterSeconds": RETRY_AFTER}))
    except Lab.DoesNotExist:
        return refusal(Unauthorized("Unauthorized"))
    if isinstance(found[0], Stream):
        streams.opened(found[0], acts[0].lab.commits)
    return found[0]


def next_piece(pieces: Iterator[bytes]) -> bytes | None:
    """Make the next piece of a long answer, None after the last; call it in a worker's thread. It is no act."""
    return next(pieces, None)


def _answer_in(token: str, call: Call, do: Doing, found: list[Reply | Stream], acts: list[Act], act: Act) -> None:
    acts.append(act)
    try:
        found.append(do(act, _let_in(act, token, call)))
    except ApiError as error:
        found.append(refusal(error))


def _let_in(act: Act, token: str, call: Call) -> Call:
    """Return a call with whom it is made by.

    Raises:
        ApiError: nobody that this cluster knows, or its API server does not run.
    """
    user = tokens.user_of(act.lab, act.cluster, token)
    if user is None:
        raise Unauthorized("Unauthorized")
    if act.lab.watched_until < act.real + WAKE_AHEAD:
        wake(act)
    if not act.cluster.processes.serve_api:
        raise ServiceUnavailable("the API server of this cluster does not run")
    return replace(call, user=user)


def in_pieces(act: Act, call: Call) -> Reply | Stream:
    """Do what the API does, but leave a long list to be made in pieces, after the act."""
    return _answer(act, call, in_pieces=True)


def _answer(act: Act, call: Call, in_pieces: bool = False) -> Reply | Stream:
    server = act.cluster.api
    if _wants_log(server, call):
        user = acting_user(server, call.user, call.headers)
        return LogStream(act, request_of(server, replace(call, user=user)))
    reply = answer(server, call, in_pieces=in_pieces, to_yaml=to_yaml)
    while _waits_for_account(act, reply, server.clock.now + PATIENCE):
        reply = answer(server, call, in_pieces=in_pieces, to_yaml=to_yaml)
    if not isinstance(reply, Watch):
        return reply
    request = request_of(server, call)
    return WatchStream(act, resumed(act, request, reply) if reply.ended else reply, request)


def _wants_log(server: ApiServer, call: Call) -> bool:
    return call.path.endswith("/log") and call.method == "GET" and is_followed(request_of(server, call))


def _waits_for_account(act: Act, reply: Reply | Watch, until: float) -> bool:
    """Let the account of a new namespace come about; tells whether it is worth to ask again."""
    if (
        isinstance(reply, Watch)
        or reply.code != Forbidden.code
        or not any(words in reply.body for words in NO_ACCOUNT_YET)
    ):
        return False
    due = act.cluster.next_due()
    return due is not None and due <= until and act.run_until(due)
