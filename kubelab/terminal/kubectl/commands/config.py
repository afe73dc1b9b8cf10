"""kubectl config: the kubeconfig files (kubectl/pkg/cmd/config); each of its commands has a file of its own."""

from __future__ import annotations

from kubelab.terminal.kubectl.command import OTHER, Command

COMMAND = Command(
    path="config",
    usage="config SUBCOMMAND",
    short="Change kubeconfig files",
    group=OTHER,
    rank=20,
    help_stream=2,
    long="""
Change kubeconfig files with commands such as "kubectl config set current-context my-context".

Which files are meant:

1.  With --kubeconfig, that file and no other.
2.  Else those that $KUBECONFIG lists, with colons between them, taken together. A value is changed in the file that it stands in; a new one goes into the first file that exists, or into the last one listed if none does.
3.  Else ${HOME}/.kube/config.
""",  # noqa: E501
)
