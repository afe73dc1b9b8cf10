"""What ends a command or a shell from within an instruction."""

from __future__ import annotations


class ShellFault(Exception):
    """An expansion or assignment failed: the command is not run.

    Args:
        message: what is said, without the shell's name.
        status: the exit status.
        eof: it ends the program's text, so to speak: `bash -c` then ends with 127.
        fatal: a shell that is not interactive ends; else only the command, or the rest of the line, is given up.
    """

    def __init__(self, message: str, status: int = 1, *, fatal: bool = True, eof: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.fatal = fatal
        self.eof = eof


class RedirectFault(Exception):
    """A redirection failed: the command is not run; the message goes on without the shell's name."""
