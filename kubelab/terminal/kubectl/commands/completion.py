"""kubectl completion: in KubeLab's shell Tab completes kubectl's words already, so the script has nothing to do."""

from __future__ import annotations

from kubelab.terminal.kubectl.call import Call
from kubelab.terminal.kubectl.command import SETTINGS, Command

_SHELLS = ("bash", "zsh", "fish", "powershell")
_SCRIPT = "# {} completion for kubectl: KubeLab's terminal completes kubectl's words with Tab as it is.\n"


def run(call: Call) -> None:
    """Prints the script for a shell."""
    if not call.args:
        raise call.usage("Shell not specified.")
    if len(call.args) > 1:
        raise call.usage("Too many arguments. Expected only the shell type.")
    shell = call.args[0]
    if shell not in _SHELLS:
        raise call.usage(f'Unsupported shell type "{shell}".')
    call.out(_SCRIPT.format(shell))


COMMAND = Command(
    path="completion",
    usage="completion SHELL",
    short="Print what a shell needs to complete kubectl's words (bash, zsh, fish, or powershell)",
    run=run,
    group=SETTINGS,
    rank=40,
    long="""
Print what a shell (bash, zsh, fish, or powershell) needs to complete kubectl's words. The shell has to evaluate it, for example in its .bash_profile.

In KubeLab's terminal the words are completed with Tab as it is.
""",  # noqa: E501
    examples="""
# For the bash that runs now
source <(kubectl completion bash)

# For every bash
echo 'source <(kubectl completion bash)' >> ~/.bashrc

# For an alias of kubectl as well
complete -o default -F __start_kubectl k
""",
)
