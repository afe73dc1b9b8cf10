"""The users and groups of a machine, as /etc/passwd and /etc/group have them."""

from __future__ import annotations

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.tool import Context


def _rows(ctx: Context, path: str) -> list[list[str]]:
    try:
        text = ctx.files.as_user(None).read(path)
    except FileError:
        return []
    return [line.split(":") for line in text.splitlines() if line.count(":") >= 2]


def user_id(ctx: Context, name: str) -> int | None:
    """Returns a user's number; None where there is no such user."""
    for row in _rows(ctx, "/etc/passwd"):
        if row[0] == name:
            return int(row[2])
    return 0 if name == "root" else int(name) if name.isdigit() else None


def group_id(ctx: Context, name: str) -> int | None:
    """Returns a group's number; None where there is no such group."""
    for row in _rows(ctx, "/etc/group"):
        if row[0] == name:
            return int(row[2])
    return 0 if name == "root" else int(name) if name.isdigit() else user_id(ctx, name)


def group_name(ctx: Context, number: int) -> str:
    """Returns a group's name; its number where it has none."""
    return next((row[0] for row in _rows(ctx, "/etc/group") if row[2] == str(number)), str(number))


def user_name(ctx: Context, number: int) -> str:
    """Returns a user's name; the number where it has none."""
    return next((row[0] for row in _rows(ctx, "/etc/passwd") if row[2] == str(number)), str(number))


def main_group(ctx: Context, user: str) -> int:
    """Returns the number of a user's own group."""
    for row in _rows(ctx, "/etc/passwd"):
        if row[0] == user:
            return int(row[3])
    return user_id(ctx, user) or 0


def groups_of(ctx: Context, user: str) -> list[int]:
    """Returns the numbers of a user's groups, its own one first."""
    given = getattr(ctx.machine, "group_ids", None)  # a container's, as its securityContext says
    if given is not None and user == ctx.user:
        return sorted(given[1], key=lambda group: (group != given[0], group))
    first = main_group(ctx, user)
    more = [int(row[2]) for row in _rows(ctx, "/etc/group") if len(row) > 3 and user in row[3].split(",")]
    return list(dict.fromkeys([first, *more]))
