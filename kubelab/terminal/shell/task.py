"""A process: a shell that runs a compiled program, or a tool that runs in its place.

It is brought forward by the kernel, a bounded number of instructions at a time, and stands still while it waits.
Everything in it but the generator of a running tool is JSON; saving.py writes and reads it.
"""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.shell.descriptors import Descriptors, Saved
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.flavour import BASH
from kubelab.terminal.shell.jobs import add_job
from kubelab.terminal.shell.launcher import launch, resume_tool
from kubelab.terminal.shell.programs import Unit, compile_text, marked
from kubelab.terminal.shell.scanning import Incomplete, SyntaxFault, unfinished
from kubelab.terminal.shell.signals import handle_signal
from kubelab.terminal.shell.streams import OutOfMemory
from kubelab.terminal.shell.waits import AnyChild
from kubelab.terminal.tool import Breath, BrokenPipe, Children, Context, Readable, Wait, Writable

if TYPE_CHECKING:
    from kubelab.terminal.shell.kernel import Kernel

LOG = logging.getLogger(__name__)
TOOL_COST = 20  # instructions that a step of a tool counts for
TURNS = 64  # reads of a tool between two breaths
LARGE = 64 * 1024  # letters of a text that counts
LETTERS_A_STEP = 64  # letters of such a text that count as one instruction
VALUE = 4 * 1024 * 1024  # letters of one value
CALLS = 500  # functions, evals and sourced files that may be under way at once


class Task(Descriptors):
    """A process.

    Args:
        kernel: runs it.
        pid: its number.
        parent: its parent's, 0 for none.
    """

    def __init__(self, kernel: Kernel, pid: int, parent: int = 0) -> None:
        super().__init__()
        self.kernel = kernel
        self.pid = pid
        self.parent = parent
        self.flavour = BASH
        self.interactive = False  # prompts for lines
        self.reads_script = False  # its program comes line by line from standard input
        self.script = False  # its program is a file
        self.from_text = False  # its program is the text of -c
        self.subshell = False
        self.in_function = False  # it was forked within a function
        self.unit: Unit | None = None
        self.pc = 0
        self.stack: list[Any] = []
        self.loops: list[list[int]] = []
        self.saved: list[Saved] = []
        self.quiet = 0
        self.traps: dict[str, str] = {}
        self.pending: list[str] = []
        self.stopped = False
        self.tool: dict[str, Any] | None = None
        self.generator: Generator[Wait, Any, int] | None = None
        self.context: Context | None = None  # of the tool
        self.wait: Any = None
        self.answer: Any = None  # what a tool's wait came to
        self.jobs: list[dict[str, Any]] = []
        self.gathered = ""  # lines of an unfinished command
        self.exit_status: int | None = None
        self.exiting = False  # the EXIT trap runs
        self.turns = 0

    # running

    def run(self, steps: int) -> int:
        """Brings it forward.

        Args:
            steps: instructions that it may run.

        Returns:
            How many of them are left.
        """
        while steps > 0 and self.wait is None and self.exit_status is None:
            try:
                steps = self._run(steps)
            except ShellFault as fault:
                self._fault(fault)
            except SyntaxFault as fault:
                self.say(f"syntax error near unexpected token `{fault.token}'")
                self._abandon(2)
            except Incomplete as fault:
                self.say(unfinished(fault))
                self._abandon(2)
            except BrokenPipe:
                self.die(141)
            except FileError as error:
                self.say(f"write error: {error.reason}")
                self.status = 1
            except (OutOfMemory, MemoryError):
                self.out_of_memory()
            except RecursionError:
                self.say("maximum nesting level exceeded (a limit of KubeLab)")
                self._abandon(2)
            except Exception:
                LOG.exception("a program of the shell failed: %s", self.unit.text if self.unit else "")
                self.say("KubeLab made a mistake here and has noted it; this command was ended")
                self._abandon(70)
        return steps

    def _run(self, steps: int) -> int:
        while steps > 0 and self.wait is None and self.exit_status is None:
            if self.pending and self._deliverable():
                handle_signal(self, self.pending.pop(0))
            elif self.tool is not None:
                resume_tool(self)
                steps -= TOOL_COST
            else:
                unit = self.unit
                if unit is None:
                    self.next_line()
                    continue
                instruction = unit.code[self.pc]
                self.pc += 1
                instruction[0](self, *instruction[1:])
                steps -= 1
        return steps

    def _deliverable(self) -> bool:
        """A trap waits for the command in the foreground to end; only `wait` is interrupted (bash(1), SIGNALS)."""
        in_foreground = self.tool is not None or isinstance(self.wait, Children)
        if not in_foreground or (self.tool is not None and self.tool["name"] == "wait"):
            return True
        return any(name in ("KILL", "ABANDON") or name not in self.traps for name in self.pending)

    def deliver(self) -> bool:
        """Lets signals have their effect; tells whether there were any. What they leave alone goes on waiting."""
        delivered = False
        while self.pending and self.exit_status is None and not self.stopped and self._deliverable():
            handle_signal(self, self.pending.pop(0))
            delivered = True
        return delivered

    def ready(self) -> bool:
        """Tells whether it can go on now."""
        if self.stopped or self.exit_status is not None:
            return False
        wait = self.wait
        if wait is None:
            return True
        if isinstance(wait, Children):
            exits = self.kernel.exits
            return all(pid in exits for pid in wait.pids)
        if isinstance(wait, AnyChild):
            return any(pid in self.kernel.exits for pid in wait.pids)
        if isinstance(wait, Readable):
            stream = self.stream(wait.fd)
            if wait.until is not None and self.kernel.machine.now() >= wait.until:
                return True
            return stream.ended if wait.all else stream.readable
        if isinstance(wait, Writable):
            return not self.stream(wait.fd).full
        return self.kernel.wait_over(wait)

    def wake(self) -> None:
        """Ends a wait that is over."""
        if self.wait is not None:
            self.answer = self.kernel.answer_to(self.wait)
            self.wait = None

    def command_line(self) -> str:
        """Returns what `ps` shows of it."""
        if self.tool is not None and not self.tool["builtin"]:
            return " ".join(self.tool["argv"])
        return " ".join([self.name, *self.args])

    def await_children(self, pids: list[int]) -> None:
        """Waits for processes to end."""
        self.wait = Children(tuple(pids))

    def out_of_memory(self) -> None:
        """Gives up what wants to keep too much."""
        self.say(f"cannot allocate memory (KubeLab allows {VALUE // 1024 // 1024} MiB a value)")
        if self.interactive:
            self.status = 1
            self.unwind()
        else:
            self.die(137)

    def charge(self, letters: int) -> None:
        """Accounts for a text that was made: a large one takes time, and too large a one there is no room for.

        Raises:
            OutOfMemory: it is larger than a value may be.
        """
        if letters > LARGE:
            if letters > VALUE:
                raise OutOfMemory
            self.owed += letters // LETTERS_A_STEP
            self.wait = Breath()

    def turn(self) -> bool:
        """Counts a tool's reads; returns True now and then, when it should let others run."""
        self.turns += 1
        return self.turns % TURNS == 0

    # messages and failures

    def say(self, message: str) -> None:
        """Writes a message of the shell to standard error."""
        self.stream(2).write(f"{self.flavour.prefix(self)}{message}\n")

    def message_name(self) -> str:
        """Returns the name that messages begin with."""
        for frame in reversed(self.frames):
            if frame["kind"] == "source":
                return str(frame["name"])
        if self.interactive and self.flavour.name == "bash":
            return "-bash" if self.name == "-bash" else "bash"
        return self.name

    def in_file(self) -> bool:
        """Tells whether a file's text is being run."""
        return any(frame["kind"] == "source" for frame in self.frames)

    def _fault(self, fault: ShellFault) -> None:
        self.say(fault.message)
        if fault.eof and self.from_text and not self.subshell and self.flavour.name == "bash":
            fault.status = 127  # bash -c ends as if its text had ended
        self.status = fault.status
        if fault.fatal or not self.tool:
            self._abandon(fault.status)

    def _abandon(self, status: int) -> None:
        """Gives up the line (interactive) or ends the shell."""
        self.status = status
        if self.interactive or self.reads_script:
            self.unwind()
        else:
            self.exit(status)

    def unwind(self) -> None:
        """Leaves everything that is under way; an interactive shell goes back to its prompt."""
        if self.tool is not None:
            self.drop_tool()
        while self.frames:
            self.pop_frame()
        while self.saved:
            self.unredirect(self.saved.pop())
        self.stack.clear()
        self.loops.clear()
        self.quiet = 0
        self.unit = None
        self.wait = None

    def failed(self) -> None:
        """A command failed that no condition looks at."""
        if "ERR" in self.traps and self.may_trap("ERR"):
            self.run_trap("ERR")
        if "e" in self.options:
            self.exit(self.status)

    def may_trap(self, name: str) -> bool:
        """Tells whether the ERR, DEBUG or RETURN trap holds here: in functions only under `set -E` or `set -T`."""
        letter = "E" if name == "ERR" else "T"
        inherited = letter in self.options
        return not any(
            frame["kind"] == "trap" or (frame["kind"] == "function" and not inherited) for frame in self.frames
        )

    def failed_quietly(self) -> None:
        """As `failed`, from within an instruction that has set `pc` already."""
        if not self.quiet:
            self.failed()

    def children_ended(self, statuses: list[int]) -> None:
        """Reacts to how the foreground processes ended: one that Ctrl-C ended takes a script with it."""
        if 130 in statuses and self.kernel.interrupted and "INT" not in self.traps:
            if self.interactive:
                self.unwind()
            else:
                self.exit(130)

    # programs

    def compile(self, text: str) -> Unit:
        """Compiles a program of this shell's language."""
        return compile_text(marked(text, self.flavour.name))

    def start_program(self, text: str) -> None:
        """Begins a program."""
        self.unit = self.compile(text)
        self.pc = 0

    def push_unit(self, unit: Unit, kind: str, **facts: Any) -> None:
        """Enters a function, a sourced file, an eval or a trap."""
        if len(self.frames) >= CALLS:
            name = facts.get("name", kind)
            raise ShellFault(f"{name}: maximum function nesting level exceeded ({CALLS})", fatal=True)
        frame = {
            "kind": kind,
            "unit": self.unit,
            "pc": self.pc,
            "loops": self.loops,
            "stack": len(self.stack),
            "saved": len(self.saved),
            "quiet": self.quiet,
            "line": self.line,
            "base_line": self.base_line,
            **facts,
        }
        self.frames.append(frame)
        self.unit, self.pc = unit, 0
        self.loops = [] if kind == "function" else self.loops

    def pop_frame(self) -> dict[str, Any]:
        """Leaves what push_unit entered."""
        frame = self.frames.pop()
        for name, kept in frame.get("locals", {}).items():
            self.variables.restore(name, kept)
        if "args" in frame:
            self.args = frame["args"]
        while len(self.saved) > frame["saved"]:
            self.unredirect(self.saved.pop())
        self.unit, self.pc, self.loops = frame["unit"], frame["pc"], frame["loops"]
        self.quiet, self.line, self.base_line = frame["quiet"], frame["line"], frame["base_line"]
        del self.stack[frame["stack"] :]
        if frame.get("redirects"):
            self.unredirect(frame["redirects"])
        return frame

    def end_of_unit(self) -> None:
        """What comes when a program has ended."""
        if not self.frames:
            self.unit = None
            if not (self.interactive or self.reads_script):
                self.exit(self.status)
            return
        frame = self.pop_frame()
        if frame["kind"] == "trap":
            self.status = frame["status"]
            if frame["name"] == "EXIT":
                self.die(self.status)

    def run_trap(self, name: str) -> None:
        """Runs a trap's command; `$?` is afterwards what it was."""
        self.push_unit(self.compile(self.traps[name]), "trap", name=name, status=self.status)

    def exit(self, status: int) -> None:
        """Ends, after the EXIT trap."""
        self.status = status & 255
        if "EXIT" in self.traps and not self.exiting:
            self.exiting = True
            self.drop_tool()
            self.wait = None
            self.run_trap("EXIT")
            return
        self.die(self.status)

    def die(self, status: int) -> None:
        """Ends at once."""
        self.drop_tool()
        self.exit_status = status
        self.wait = None
        self.kernel.ended(self)

    # tools

    def launch(self, argv: list[str], assignments: list[list[Any]], saved: Saved) -> None:
        """Runs a command: a function, a builtin or a tool."""
        launch(self, argv, assignments, saved)

    def drop_tool(self) -> None:
        """Forgets the tool that is running."""
        generator, self.generator, self.context = self.generator, None, None
        if generator is not None:
            generator.close()
        if self.tool is not None:
            self.kernel.tool_ended(self)
        tool, self.tool = self.tool, None
        if tool is not None:
            self.unredirect(tool["saved"])
            for name, kept in tool["variables"].items():
                self.variables.restore(name, kept)

    def finish_tool(self, status: int | None) -> None:
        """Ends the tool that is running."""
        self.drop_tool()
        if status is not None:
            self.status = status & 255

    def spawn(self, argv: list[str], stdin: str | None = None, user: str = "") -> int:
        """Starts a command for a tool, as another user if one is named; returns its process id."""
        return self.kernel.spawn(self, argv, stdin, user)

    def spawn_captured(self, argv: list[str], stdin: str | None = None) -> list[int]:
        """As spawn, with standard output kept; returns the process id and the stream's number."""
        return self.kernel.spawn_captured(self, argv, stdin)

    # jobs

    def start_job(self, source: str, pc: int) -> None:
        """Starts a background job at a position of the program."""
        pid = self.kernel.fork(self, pc, background=True)
        self.last_background = pid
        job = add_job(self, pid, source)
        if self.interactive:
            self.stream(2).write(f"[{job['number']}] {pid}\n")

    def trace(self, command: dict[str, Any]) -> None:
        """`set -x`."""
        from kubelab.terminal.shell.tracing import trace

        trace(self, command)

    def trace_text(self, text: str) -> None:
        """`set -x` of what is no simple command."""
        from kubelab.terminal.shell.tracing import prefix

        self.stream(2).write(f"{prefix(self)}{text}\n")

    def give_up(self, text: str) -> None:
        """Tells what is wrong with a program whose sound part has been run, and ends it."""
        from kubelab.terminal.shell.starting import tell_fault

        frame = next((frame for frame in reversed(self.frames) if frame["kind"] in ("source", "eval")), None)
        tell_fault(self, text, str(frame["name"]) if frame and frame["kind"] == "source" else "")
        if frame is None:
            self.die(2)
            return
        while self.pop_frame() is not frame:
            pass
        self.status = 2

    def next_line(self) -> None:
        """Reads the next line of the program from the prompt or from standard input."""
        from kubelab.terminal.shell.reading import next_line

        next_line(self)
