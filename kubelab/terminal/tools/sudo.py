"""sudo: runs a command as root, or as another user. Nobody is asked for a password. Source: sudo(8)."""

from __future__ import annotations

from kubelab.terminal.tool import Context, Steps, tool

USAGE = "usage: sudo [-u user] [-i] [VAR=value] command [arg ...]\n"
KEPT = ("TERM", "LANG", "PATH")  # of the environment, besides what sudo sets


@tool("sudo")
def sudo(ctx: Context) -> Steps:
    """sudo [-u user] [-i] [VAR=value] command [arg ...]"""
    user, args, login = "root", ctx.args, False
    while args and args[0].startswith("-"):
        option, args = args[0], args[1:]
        if option in ("-u", "--user") and args:
            user, args = args[0], args[1:]
        elif option in ("-i", "-s", "--login", "--shell"):
            login = True
        elif option == "--":
            break
        elif option not in ("-E", "-H", "-n", "-k", "-S"):
            ctx.error(f"sudo: {option}: this option is not simulated in KubeLab\n{USAGE}")
            return 1
    home = ctx.shell.home_of(user)
    if home is None:
        ctx.error(f"sudo: unknown user {user}\nsudo: error initializing audit plugin sudoers_audit\n")
        return 1
    if not args and not login:
        ctx.error(USAGE)
        return 1
    kept = [f"{name}={value}" for name, value in ctx.env.items() if name in KEPT]
    names = [f"HOME={home}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/bash", f"SUDO_USER={ctx.user}"]
    command = args or ["bash"]
    if "=" not in command[0] and ctx.machine.find(command[0]) is None and "/" not in command[0]:
        return ctx.complain(f"{command[0]}: command not found")
    return (yield from ctx.run(["env", "-i", *kept, *names, "SUDO_UID=1000", *command], user=user))
