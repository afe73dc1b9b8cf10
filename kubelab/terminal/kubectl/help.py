"""Help texts, laid out as kubectl's own (k8s.io/kubectl/pkg/util/templates); the words are ours."""

from __future__ import annotations

import re
import textwrap

from kubelab.terminal.kubectl.command import GROUPS, Command
from kubelab.terminal.kubectl.flags import Flag
from kubelab.terminal.kubectl.global_flags import GLOBAL_FLAGS
from kubelab.terminal.kubectl.golang import format_duration

_ROOT = (
    "kubectl talks to a Kubernetes cluster: it shows what is in it, and changes it.\n\n"
    " The reference of all its commands: https://kubernetes.io/docs/reference/kubectl/\n"
)
_OPTIONS = 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n'
_NARROWEST = 13
_BREAK = re.compile(r"\n(?![ *])")  # not before an item of a list


def root_help(commands: list[Command]) -> str:
    """Returns what `kubectl` and `kubectl --help` print."""
    parts = [_ROOT]
    width = max(len(command.name) for command in commands)
    for group in GROUPS:
        if group == GROUPS[-1]:
            parts.append("Subcommands provided by plugins:\n")
        members = [command for command in commands if command.group == group and not command.hidden]
        lines = "".join(f"  {command.name:{width}}   {command.short}\n" for command in members)
        parts.append(f"{group}\n{lines}")
    use = 'Use "kubectl <command> --help" for more information about a given command.\n'
    parts.append(f"Usage:\n  kubectl [flags] [options]\n\n{use}{_OPTIONS}")
    return "\n".join(parts)


def command_help(command: Command, below: list[Command]) -> str:
    """Returns what `kubectl COMMAND --help` prints."""
    parts = [_long(command)]
    if command.aliases:
        parts.append(f"Aliases:\n{', '.join((command.name, *command.aliases))}\n")
    if command.examples:
        parts.append("Examples:\n" + textwrap.indent(command.examples.strip("\n"), "  ", lambda _line: True) + "\n")
    visible = [each for each in below if not each.hidden]
    if visible:
        width = max(_NARROWEST - 2, *(len(each.name) for each in visible))
        lines = "".join(f"  {each.name:{width}}   {each.short}\n" for each in visible)
        parts.append(f"Available Commands:\n{lines}")
    options = [flag for flag in command.flags if not flag.hidden and not flag.deprecated]
    if options:
        parts.append("Options:\n" + _flag_list(options))
    options_word = "" if "[options]" in command.usage else " [options]"
    parts.append(f"Usage:\n  kubectl {command.usage}{options_word}\n")
    more = (
        f'Use "{command.full_path} <command> --help" for more information about a given command.\n' if visible else ""
    )
    parts.append(more + _OPTIONS)
    return "\n".join(parts)


def global_options() -> str:
    """Returns what `kubectl options` prints."""
    visible = [flag for flag in GLOBAL_FLAGS if not flag.hidden]
    return "The following options can be passed to any command:\n\n" + _flag_list(visible)


def _long(command: Command) -> str:
    """The first paragraph stands at the margin, the others one space in; each is one line, as Markdown has it."""
    paragraphs = (command.long.strip("\n") or f"{command.short}.").split("\n\n")
    return "\n\n ".join(_BREAK.sub(" ", paragraph).replace("\n", "\n ") for paragraph in paragraphs) + "\n"


def _flag_list(flags: list[Flag]) -> str:
    return "\n".join(_flag(flag) for flag in sorted(flags, key=lambda flag: flag.name))


def _flag(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else ""
    return f"    {short}--{flag.name}={_default(flag)}:\n\t{flag.help}\n"


def _default(flag: Flag) -> str:
    default = flag.default
    if flag.kind == "pairs":
        return "[]"
    match flag.kind:
        case "string":
            return f"'{default}'" if flag.name != "vmodule" else ""
        case "bool":
            return "true" if default else "false"
        case "duration":
            return format_duration(default)
        case "labels":
            return ""
        case "strings" | "array":
            return f"[{','.join(default)}]"
        case _:
            return str(default)
