"""kubectl options (kubectl/pkg/cmd/options/options.go)."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import Command
from kubelab.terminal.kubectl.help import global_options


def run(call: Call) -> None:
    """Lists the flags that every command takes."""
    home = call.ctx.env.get("HOME", "/root")
    call.out(global_options().replace("'/root/.kube/cache'", f"'{home}/.kube/cache'"))


COMMAND = Command(
    path="options",
    usage="options",
    short="List the flags that every command takes",
    run=run,
    hidden=True,
    examples="""
# The flags that every command takes
kubectl options
""",
)
