"""`manage.py terminal`: a lab's terminal in this terminal, one line of it, or a script.

    terminal NAME                      the lab's terminal
    terminal NAME -c 'kubectl get po'  one line; exits with its status
    terminal NAME --script FILE        many, "-" for standard input; `advance 30` passes 30 virtual seconds

In lines and scripts a command that waits lets virtual time run on instead. What is printed is kept already.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from kubelab.labs.naming import lab_named
from kubelab.labs.operating import OperatorCommand
from kubelab.labs.passthrough import pass_through
from kubelab.labs.script import ScriptRunner
from kubelab.terminal.lines import Result, commands_in


class Command(OperatorCommand):
    help = "Open a cluster's terminal, or run lines in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the cluster: NAME, USER/NAME or its public id")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("-c", dest="line", metavar="LINE", help="run one line and exit with its status")
        what.add_argument("--script", metavar="FILE", help='run the lines of a file; "-" for standard input')
        parser.add_argument(
            "--jsonl", action="store_true", help='print {"line", "stdout", "stderr", "exit"} for each line'
        )

    def handle(self, *args: Any, name: str, line: str | None, script: str | None, jsonl: bool, **_: Any) -> None:
        lab = lab_named(name)
        try:
            if line is not None:
                self.run(lab.pk, [line], jsonl, piped_input)
            elif script is not None:
                self.run(lab.pk, commands_in(read_script(script)), jsonl)
            else:
                pass_through(lab.pk)
        except KeyboardInterrupt:
            sys.exit(130)

    def run(self, lab_id: int, lines: Iterable[str], jsonl: bool, stdin: str | Callable[[], str] = "") -> None:
        """Run lines one after the other; each is kept before its output is printed."""
        runner, status = ScriptRunner(lab_id), 0
        for line in lines:
            result = runner.run(line, stdin)
            status = result.exit
            self.tell(result, jsonl)
            if runner.ended:
                break
        sys.exit(status)

    def tell(self, result: Result, jsonl: bool) -> None:
        if jsonl:
            self.stdout.write(json.dumps(vars(result), ensure_ascii=False))
        else:
            self.stdout.write(result.stdout, ending="")
            self.stderr.write(result.stderr, ending="", style_func=str)
        self.stdout.flush()


def piped_input() -> str:
    """Return what is piped into this command; nothing when somebody sits at a terminal."""
    return "" if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty() else sys.stdin.read()


def read_script(path: str) -> str:
    """Return a script's text.

    Raises:
        CommandError: if it cannot be read.
    """
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text()
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path}: not a text file") from None
