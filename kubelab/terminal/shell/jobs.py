"""Jobs: what runs in the background or was stopped by Ctrl-Z. Source: bash(1), JOB CONTROL.

A job is JSON: {"number", "pid", "source", "state"}, and for a pipeline that was stopped the "pids" of its commands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kubelab.terminal.tool import Children

if TYPE_CHECKING:
    from kubelab.terminal.shell.kernel import Kernel
    from kubelab.terminal.shell.task import Task

Job = dict[str, Any]
STOPPED = 148  # 128 + SIGTSTP
_ENDS = {129: "Hangup", 130: "Interrupt", 137: "Killed", 143: "Terminated"}


def find_job(jobs: Sequence[Job], text: str) -> Job | None:
    """Returns the job that `%1`, `%%`, `%name` or nothing means."""
    name = text.removeprefix("%")
    if name in ("", "%", "+"):
        return jobs[-1] if jobs else None
    if name == "-":
        return jobs[-2] if len(jobs) > 1 else jobs[-1] if jobs else None
    if name.isdigit():
        return next((job for job in jobs if job["number"] == int(name)), None)
    return next((job for job in jobs if job["source"].startswith(name)), None)


def refresh(shell: Task) -> None:
    """Notes which jobs have ended or were stopped."""
    kernel = shell.kernel
    for job in shell.jobs:
        task = kernel.tasks.get(job["pid"])
        if task is None:
            job["state"] = state_of_end(kernel.exits.get(job["pid"], 0))
        else:
            job["state"] = "Stopped" if task.stopped else "Running"


def state_of_end(status: int) -> str:
    """Returns how `jobs` words the end of a job."""
    return "Done" if status == 0 else _ENDS.get(status, f"Exit {status}")


def job_line(jobs: Sequence[Job], job: Job) -> str:
    """Returns a job as `jobs` shows it."""
    mark = "+" if job is jobs[-1] else "-" if len(jobs) > 1 and job is jobs[-2] else " "
    running = " &" if job["state"] == "Running" else ""
    return f"[{job['number']}]{mark}  {job['state']:<24}{job['source']}{running}"


def finished(shell: Task) -> list[str]:
    """Returns a line for each job that has ended since the last prompt, and forgets them."""
    refresh(shell)
    ended = [job for job in shell.jobs if job["state"] not in ("Running", "Stopped")]
    lines = [job_line(shell.jobs, job) for job in ended]
    for job in ended:
        shell.kernel.exits.pop(job["pid"], None)
    shell.jobs = [job for job in shell.jobs if job not in ended]
    return lines


def family(tasks: Mapping[int, Task], job: Job) -> list[int]:
    """Returns the processes of a job and their descendants."""
    found: list[int] = [pid for pid in job.get("pids", (job["pid"],)) if pid in tasks]
    for pid, task in tasks.items():  # children come after their parents
        if task.parent in found and pid not in found:
            found.append(pid)
    return found


def add_job(shell: Task, pid: int, source: str, state: str = "Running") -> Job:
    """Makes a job of a process."""
    number = max((job["number"] for job in shell.jobs), default=0) + 1
    job: Job = {"number": number, "pid": pid, "source": source, "state": state}
    shell.jobs.append(job)
    return job


def stop_foreground(kernel: Kernel) -> None:
    """Does what Ctrl-Z does: what runs in the foreground becomes a stopped job, the shell prompts again."""
    shell = kernel.foreground_shell()
    if shell is None:
        return
    if shell.tool is not None and shell.tool["name"] == "fg":
        job = next(job for job in shell.jobs if job.get("foreground"))
        job.pop("foreground")
    elif shell.tool is not None and not shell.tool["builtin"]:
        source = " ".join(shell.tool["argv"])
        job = add_job(shell, kernel.detach_tool(shell).pid, source)
    elif isinstance(shell.wait, Children) and shell.wait.pids:
        pids = list(shell.wait.pids)
        commands = [kernel.tasks[pid].command_line() for pid in pids if pid in kernel.tasks]
        job = add_job(shell, pids[-1], " | ".join(commands))
        job["pids"] = pids
    else:
        return
    for pid in family(kernel.tasks, job):
        kernel.signal(pid, "STOP")
    shell.unwind()
    shell.status = STOPPED
    refresh(shell)
    if kernel.tty is not None:
        kernel.tty.write("\n" + job_line(shell.jobs, job) + "\n")
