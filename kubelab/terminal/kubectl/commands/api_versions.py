"""kubectl api-versions: the groups and versions that are served (kubectl/pkg/cmd/apiresources/apiversions.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import OTHER, Command
from kubelab.terminal.kubectl.golang import go_text


def run(call: Call) -> None:
    """Lists the API versions."""
    if call.args:
        raise call.usage(f"unexpected arguments: {go_text(call.args)}")
    for version in sorted({kind.api_version for kind in call.kinds.served()}):
        call.say(version)


COMMAND = Command(
    path="api-versions",
    usage="api-versions",
    short='List the API versions that the server serves, as "group/version"',
    run=run,
    group=OTHER,
    rank=20,
    examples="""
# All API versions
kubectl api-versions
""",
)
