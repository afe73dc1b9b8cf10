"""What the processes of one terminal (or of one command in a container) share: streams, process ids, the terminal.

It brings ready processes forward in turns, in the order of their numbers, until all of them wait or a budget of
instructions is spent. Nothing here knows real time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kubelab.terminal.shell import chance
from kubelab.terminal.shell.escapes import readable
from kubelab.terminal.shell.faults import ShellFault
from kubelab.terminal.shell.flavour import FLAVOURS, SHELLS
from kubelab.terminal.shell.holdings import held_too_much
from kubelab.terminal.shell.inheriting import inherit
from kubelab.terminal.shell.jobs import family, stop_foreground
from kubelab.terminal.shell.neighbours import neighbour
from kubelab.terminal.shell.programs import RUN, compile_text
from kubelab.terminal.shell.streams import NullStream, Output, Pipe, ReadEnd, Stream, TerminalInput, WriteEnd
from kubelab.terminal.shell.task import Task
from kubelab.terminal.shell.waits import AnyChild, Prompt
from kubelab.terminal.tool import LEAVE_SCREEN, Edit, Keys, Poll, Readable, Sleep

if TYPE_CHECKING:
    from kubelab.cluster.node.process import Machine
    from kubelab.terminal.shell.tty import Tty

QUANTUM = 400  # instructions that a process runs before the next one has its turn
ABANDON = "ABANDON"  # no signal of the system's: an interactive shell gives up what it runs, and lives on
PROCESSES = 128  # of one kernel
OUTPUT = 4 * 1024 * 1024  # letters of output between two prompts


class Kernel:
    """Runs processes.

    Args:
        machine: where they run.
        tty: the terminal that they are attached to, or None.
        columns: the terminal's width.
        first_pid: number of the first process.
    """

    def __init__(self, machine: Machine, *, tty: Tty | None = None, columns: int = 80, first_pid: int = 1) -> None:
        self.machine = machine
        self.hosts: dict[str, Machine] = {}  # the nodes that processes run on besides
        self.tty = tty
        self._columns = columns
        self.tasks: dict[int, Task] = {}
        self.exits: dict[int, int] = {}
        self.streams: dict[int, Stream] = {}
        self.next_stream = 1
        self.next_pid = first_pid
        self.init = False  # its first process is process 1 of a container
        self.interrupted = False  # Ctrl-C ended something since the last line
        self.poked = False  # something in the cluster may have changed
        self.written = 0
        self.out: list[str] = []
        self.err: list[str] = []
        self.input: Pipe | None = None  # what the outside feeds in
        self.lines: list[str] | None = None  # what an interactive shell is to run where there is no terminal
        self.before_command: Callable[[], None] = lambda: None  # told before each program starts

    # terminal

    @property
    def columns(self) -> int:
        """The terminal's width in letters."""
        return self.tty.columns if self.tty is not None else self._columns

    @property
    def rows(self) -> int:
        """The terminal's height in lines."""
        return self.tty.rows if self.tty is not None else 24

    @property
    def raw(self) -> bool:
        """Whether keys reach tools as they are."""
        return self.tty is not None and self.tty.raw

    @raw.setter
    def raw(self, raw: bool) -> None:
        if self.tty is not None:
            self.tty.raw = raw

    def take_keys(self) -> str:
        """Takes the keys that were pressed on a raw terminal."""
        return self.tty.take_keys() if self.tty is not None else ""

    def put_output(self, text: str, *, error: bool) -> None:
        """Takes what the processes write to the outside."""
        if self.tty is not None and not text.isascii():
            text = readable(text)
        self.written += len(text)
        if self.written > OUTPUT:
            self._too_much()
            return
        if self.tty is not None:
            self.tty.write(text)
        else:
            (self.err if error else self.out).append(text)

    def _too_much(self) -> None:
        if self.written < 2 * OUTPUT:
            self.written = 2 * OUTPUT
            self._complain(f"this command wrote more than {OUTPUT // 1024 // 1024} MiB")
            self.signal_foreground("KILL")

    # streams

    def add_stream(self, stream: Stream) -> int:
        """Takes a stream in; returns its number."""
        number = self.next_stream
        self.next_stream += 1
        self.streams[number] = stream
        return number

    def release(self, number: int) -> None:
        """Takes away one reference to a stream."""
        stream = self.streams.get(number)
        if stream is None:
            return
        stream.references -= 1
        if stream.references <= 0:
            del self.streams[number]
            stream.close()

    def terminal_stream(self, *, output: bool) -> int:
        """Returns a stream for /dev/tty."""
        for number, stream in self.streams.items():
            if isinstance(stream, Output if output else TerminalInput):
                return number
        return self.add_stream(Output(self, False) if output or self.tty is None else TerminalInput(self.tty))

    def feed(self, text: str, *, end: bool = False) -> None:
        """Gives the first process standard input from the outside; `end`: there will be no more."""
        pipe = self.input
        if pipe is None:
            return
        if text:
            pipe.buffer.write(text)
        if end:
            pipe.writers = 0
            self.input = None

    def take_captured(self, number: int) -> str:
        """Takes what was written to a pipe that `fork_captured` made, and lets go of it."""
        text = self.streams[number].read_all() or ""
        self.release(number)
        return text

    # processes

    def machine_of(self, host: str) -> Machine:
        """Returns a machine that processes run on besides; "" is the kernel's own.

        Raises:
            LookupError: from here one logs in to no other.
        """
        if not host:
            return self.machine
        if host not in self.hosts:
            self.hosts[host] = neighbour(self.machine, host, self)
        return self.hosts[host]

    def first(self, argv: list[str], stdin: str | None, *, init: bool = False) -> Task:
        """Makes the first process: `argv` with the outside as its standard streams."""
        self.init = init
        task = self.new(0)
        machine = self.machine
        task.cwd = machine.cwd
        task.variables = task.variables.of_environment(machine.env)
        self._standard_streams(task, stdin)
        self.execute(task, argv)
        return task

    def _standard_streams(self, task: Task, stdin: str | None) -> None:
        if self.tty is not None:
            task.put_fd(0, self.add_stream(TerminalInput(self.tty)))
        else:
            pipe = Pipe(stdin or "")
            if stdin is None:
                pipe.writers = 1
                self.input = pipe
            task.put_fd(0, self.add_stream(ReadEnd(pipe)))
        out = self.add_stream(Output(self, False))
        task.put_fd(1, out)
        task.put_fd(2, out if self.tty is not None else self.add_stream(Output(self, True)))

    def new(self, parent: int) -> Task:
        """Makes a process that has nothing yet."""
        if len(self.tasks) >= PROCESSES:
            raise ShellFault("fork: retry: Resource temporarily unavailable", 254)
        task = Task(self, self.next_pid, parent)
        self.next_pid += 1
        task.shell_pid = task.pid
        task.started = self.machine.now()
        self.tasks[task.pid] = task
        return task

    def execute(self, task: Task, argv: list[str]) -> None:
        """Lets a process become `argv`: a shell, or a tool."""
        from kubelab.terminal.shell.starting import become_shell

        found = task.machine.find(argv[0])
        if found in SHELLS:
            if found == "sh" and task.machine.find("dash"):
                found = "dash"  # as on Debian and what comes from it
            become_shell(task, argv, FLAVOURS[found or "sh"])
            return
        task.name = argv[0]
        task.unit, task.pc = compile_text(RUN), 0
        task.stack = [{"argv": argv, "assign": [], "redirects": []}]

    def fork(self, parent: Task, pc: int, *, background: bool = False) -> int:
        """Starts a subshell at a position of the parent's program; returns its process id."""
        return self._fork(parent, pc, background=background).pid

    def _fork(self, parent: Task, pc: int, *, background: bool = False, fds: dict[int, int] | None = None) -> Task:
        task = self.new(parent.pid)
        inherit(task, parent)
        task.unit, task.pc = parent.unit, pc
        for fd, number in {**parent.fds, **(fds or {})}.items():
            task.put_fd(fd, number)
        if background:
            task.put_fd(0, self.add_stream(NullStream()))
        return task

    def fork_pipeline(self, parent: Task, entries: tuple[int, ...], both: tuple[bool, ...]) -> list[int]:
        """Starts the commands of a pipeline; returns their process ids."""
        pids: list[int] = []
        reads: int | None = None
        for index, pc in enumerate(entries):
            fds: dict[int, int] = {} if reads is None else {0: reads}
            following: int | None = None
            if index < len(entries) - 1:
                pipe = Pipe()
                following, writes = self.add_stream(ReadEnd(pipe)), self.add_stream(WriteEnd(pipe))
                fds[1] = writes
                if both[index]:
                    fds[2] = writes
            pids.append(self._fork(parent, pc, fds=fds).pid)
            reads = following
        return pids

    def fork_captured(self, parent: Task, pc: int) -> tuple[int, int]:
        """Starts a subshell whose output is gathered; returns its process id and the stream's number."""
        read, write = self._capture()
        return self._fork(parent, pc, fds={1: write}).pid, read

    def _capture(self) -> tuple[int, int]:
        pipe = Pipe()
        pipe.gathered = True
        read = self.add_stream(ReadEnd(pipe))
        self.streams[read].references = 1
        return read, self.add_stream(WriteEnd(pipe))

    def fork_process(self, parent: Task, pc: int, direction: str) -> str:
        """Starts a process substitution; returns the path under which its pipe is found."""
        pipe = Pipe()
        read, write = self.add_stream(ReadEnd(pipe)), self.add_stream(WriteEnd(pipe))
        mine, its = (read, write) if direction == "<" else (write, read)
        self._fork(parent, pc, fds={1 if direction == "<" else 0: its})
        fd = 63
        while fd in parent.fds:
            fd -= 1
        parent.put_fd(fd, mine)
        return f"/dev/fd/{fd}"

    def spawn(self, parent: Task, argv: list[str], stdin: str | None, user: str = "") -> int:
        """Starts a command as a process of its own, as another user if one is named; returns its process id."""
        return self._spawn(parent, argv, stdin, {}, user).pid

    def spawn_captured(self, parent: Task, argv: list[str], stdin: str | None) -> list[int]:
        """As spawn, its output gathered; returns the process id and the stream's number."""
        read, write = self._capture()
        return [self._spawn(parent, argv, stdin, {1: write}).pid, read]

    def _spawn(self, parent: Task, argv: list[str], stdin: str | None, fds: dict[int, int], user: str = "") -> Task:
        task = self.new(parent.pid)
        inherit(task, parent)
        task.variables = task.variables.of_environment(parent.variables.exported())
        task.functions, task.aliases = {}, {}
        if user:
            task.as_user = user
        task.options = []
        task.quiet = 0
        if stdin is not None:
            fds = {**fds, 0: self.add_stream(ReadEnd(Pipe(stdin)))}
        for fd, number in {**parent.fds, **fds}.items():
            task.put_fd(fd, number)
        self.execute(task, argv)
        return task

    def detach_tool(self, parent: Task) -> Task:
        """Lets the tool that runs in a shell's own process go on as a process of its own."""
        task = self._fork(parent, 1)
        task.unit = compile_text(RUN)
        tool, task.generator, task.context = parent.tool, parent.generator, parent.context
        task.wait, task.answer = parent.wait, parent.answer
        task.tool = {**tool, "saved": [], "variables": {}} if tool is not None else None
        if task.context is not None:
            task.context.shell = task
        parent.generator = parent.context = None
        return task

    def reap(self, pid: int) -> int:
        """Takes the exit status of a process that has ended."""
        return self.exits.pop(pid, 127)

    def ended(self, task: Task) -> None:
        """Notes that a process has ended."""
        self.tasks.pop(task.pid, None)
        task.close_all()
        if task.parent in self.tasks or task.parent == 0:
            self.exits[task.pid] = task.exit_status or 0
        for other in self.tasks.values():
            if other.parent == task.pid:
                other.parent = -1  # nobody will ask for its status

    def tool_ended(self, task: Task) -> None:
        """Brings the terminal back from what a tool did with it."""
        if self.tty is None:
            return
        if task.tool is not None and task.tool["state"].get("@screen"):
            self.tty.show(LEAVE_SCREEN)
        if task.tool is not None and task.tool["state"].get("@raw"):
            self.tty.raw = False

    # waiting

    def _waits(self) -> Iterator[Any]:
        return (task.wait for task in self.tasks.values() if task.wait is not None and not task.stopped)

    def wake(self) -> float | None:
        """Returns the virtual time at which a process wants to go on; None: not by time."""
        moments = (wait.until for wait in self._waits() if isinstance(wait, Sleep | Poll | Keys | Readable))
        return min((moment for moment in moments if moment is not None), default=None)

    def polls(self) -> bool:
        """Tells whether a process waits for a change in the cluster."""
        return any(isinstance(wait, Poll) or (isinstance(wait, Keys) and wait.polls) for wait in self._waits())

    def reads(self) -> bool:
        """Tells whether a process waits for input from the outside."""
        for task in self.tasks.values():
            wait = task.wait
            if isinstance(wait, Prompt | Keys):
                return True
            if isinstance(wait, Readable):
                stream = task.stream(wait.fd)
                if isinstance(stream, TerminalInput) or (isinstance(stream, ReadEnd) and stream.pipe is self.input):
                    return True
        return False

    def ports(self) -> list[int]:
        """Returns the TCP ports on which tools listen."""
        tools = (task.tool for task in self.tasks.values() if task.tool is not None)
        return [port for tool in tools for port in tool["state"].get("@ports", ())]

    def wait_over(self, wait: Any) -> bool:
        """Tells whether a wait that does not concern streams or children is over."""
        if isinstance(wait, Sleep):
            return self.machine.now() >= wait.until
        if isinstance(wait, Poll):
            return self.poked or (wait.until is not None and self.machine.now() >= wait.until)
        if isinstance(wait, Keys):
            tty = self.tty
            if tty is None or tty.has_keys() or (wait.polls and self.poked):
                return True
            return wait.until is not None and self.machine.now() >= wait.until
        if isinstance(wait, Edit):
            return self.tty is None or self.tty.edited is not None
        if isinstance(wait, Prompt):
            return bool(self.lines) if self.tty is None else self.tty.has_line()
        return True

    def answer_to(self, wait: Any) -> Any:
        """Returns what a wait came to."""
        if isinstance(wait, Edit) and self.tty is not None:
            return self.tty.take_edited()
        if isinstance(wait, AnyChild):
            return next((pid for pid in wait.pids if pid in self.exits), None)
        return None

    def run(self, budget: int) -> int:
        """Brings all processes forward until they wait.

        Args:
            budget: instructions that they may run in all.

        Returns:
            What is left of the budget; 0 or less when it was not enough.
        """
        pollers_done = False
        while budget > 0:
            moved = False
            for task in list(self.tasks.values()):
                moved = (bool(task.pending) and task.deliver()) or moved
                if task.ready():
                    if isinstance(task.wait, Poll | Keys):
                        pollers_done = True
                    task.wake()
                    budget += task.run(QUANTUM) - QUANTUM
                    if task.owed:
                        budget -= task.owed
                        if task.owed > QUANTUM:
                            self._check_memory()
                        task.owed = 0
                    moved = True
            if pollers_done:
                self.poked = False  # each of them has looked once
            if not moved:
                self.poked = False
                break
        if budget <= 0:
            self._check_memory()
        for machine in (self.machine, *self.hosts.values()):
            machine.files.flush()
        return budget

    def _check_memory(self) -> None:
        """Ends what runs in the foreground when variables hold too much."""
        problem = held_too_much(self.tasks.values())
        if problem:
            self._complain(problem)
            self.signal_foreground("KILL")

    def _complain(self, what: str) -> None:
        notice = f"\nKubeLab: stopped, {what}\n"
        if self.tty is not None:
            self.tty.write(notice)
        else:
            self.err.append(notice)

    def take_signals(self) -> None:
        """Delivers the signals that were sent by keys."""
        if self.tty is not None:
            while self.tty.signals:
                name = self.tty.signals.pop(0)
                if name == "TSTP":
                    stop_foreground(self)
                else:
                    self.signal_foreground(name)

    def foreground_shell(self) -> Task | None:
        """Returns the interactive shell that has the terminal: the innermost one; None where there is none."""
        return max((task for task in self.tasks.values() if task.interactive), key=lambda task: task.pid, default=None)

    def signal_foreground(self, name: str) -> None:
        """Sends a signal to what runs in the foreground: what the innermost interactive shell waits for."""
        shell = self.foreground_shell()
        background = self._background()
        within = list(self.tasks) if shell is None else family(self.tasks, {"pid": shell.pid})
        for pid in within:
            task = self.tasks[pid]
            if not task.interactive and pid not in background:
                self.signal(pid, name)
        if shell is not None:
            self.signal(shell.pid, ABANDON if name == "KILL" else name)

    def _background(self) -> list[int]:
        """Returns the processes of background jobs."""
        jobs = [job for task in self.tasks.values() for job in task.jobs if not job.get("foreground")]
        return [pid for job in jobs for pid in family(self.tasks, job)]

    def signal(self, pid: int, name: str) -> bool:
        """Sends a signal to a process; returns False when there is none such."""
        task = self.tasks.get(pid)
        if task is None:
            return False
        if name in ("STOP", "TSTP"):
            task.stopped = True
        elif name == "CONT":
            task.stopped = False
        else:
            task.stopped = task.stopped and name != "KILL"
            task.pending.append(name)
        return True

    # chance

    def draw(self, count: int, *parts: object) -> int:
        """Returns a whole number below `count` from the cluster's seed."""
        return chance.drawn(self.machine, count, *parts)

    def random_bytes(self, count: int, *parts: object) -> bytes:
        """Returns bytes from the cluster's seed."""
        return chance.bytes_of(self.machine, count, self.next_pid, *parts)
