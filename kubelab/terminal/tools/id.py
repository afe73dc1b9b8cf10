"""id, whoami, groups, logname: who one is. Source: GNU coreutils."""

from __future__ import annotations

from kubelab.terminal import users
from kubelab.terminal.options import Usage
from kubelab.terminal.tool import Context, Exit, tool

ID = Usage("""
Usage: id [OPTION]... [USER]
Show numbers and names of a user and the user's groups.

  -g, --group    only the number of the user's own group
  -G, --groups   only the numbers of all groups
  -n, --name     with -g, -G, -u: names
  -r, --real     nothing
  -u, --user     only the user's number
""", not_simulated="-a -z --zero -Z --context")  # fmt: skip
WHOAMI = Usage("""
Usage: whoami
Write one's name.
""")


@tool("id")
def id_(ctx: Context) -> int:
    """id [-u | -g | -G] [-n] [user]"""
    given = ID.parse(ctx)
    operands = ID.operands(ctx, given, 0, 1)
    user = operands[0] if operands else ctx.user
    number = users.user_id(ctx, user)
    if number is None or (operands and user.isdigit() and users.user_name(ctx, number) == user):
        raise Exit(1, f"id: '{user}': no such user\n")
    name = users.user_name(ctx, number)
    groups = users.groups_of(ctx, name)
    names = given.has("n")
    if given.has("u"):
        ctx.print(name if names else str(number))
    elif given.has("g"):
        ctx.print(users.group_name(ctx, groups[0]) if names else str(groups[0]))
    elif given.has("G"):
        ctx.print(" ".join(users.group_name(ctx, group) if names else str(group) for group in groups))
    elif names:
        raise Exit(1, "id: cannot print only names or real IDs in default format\n")
    else:
        shown = [_shown(group, users.group_name(ctx, group)) for group in groups]
        ctx.print(f"uid={_shown(number, name)} gid={shown[0]} groups={','.join(shown)}")
    return 0


def _shown(number: int, name: str) -> str:
    return str(number) if name == str(number) else f"{number}({name})"


@tool("whoami", "logname")
def whoami(ctx: Context) -> int:
    """whoami"""
    WHOAMI.operands(ctx, WHOAMI.parse(ctx), 0, 0)
    number = users.user_id(ctx, ctx.user)
    if number is None or users.user_name(ctx, number) == str(number):
        return ctx.complain(f"cannot find name for user ID {number if number is not None else ctx.user}")
    ctx.print(ctx.user)
    return 0


@tool("groups")
def groups(ctx: Context) -> int:
    """groups [user ...]"""
    if not ctx.args:
        ctx.print(" ".join(users.group_name(ctx, group) for group in users.groups_of(ctx, ctx.user)))
        return 0
    status = 0
    for user in ctx.args:
        if users.user_id(ctx, user) is None:
            status = ctx.complain(f"'{user}': no such user")
            continue
        ctx.print(f"{user} : {' '.join(users.group_name(ctx, group) for group in users.groups_of(ctx, user))}")
    return status
