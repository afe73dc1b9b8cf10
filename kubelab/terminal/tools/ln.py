"""ln and link: links to files. Source: GNU coreutils."""

from __future__ import annotations

import posixpath

from kubelab.cluster.file_errors import FileError
from kubelab.terminal.options import Usage, refuse
from kubelab.terminal.tool import Context, tool
from kubelab.terminal.tools.cp import inside

USAGE = Usage("""
Usage: ln [OPTION]... TARGET LINK_NAME
   or: ln [OPTION]... TARGET
   or: ln [OPTION]... TARGET... DIRECTORY
Make links to files.

  -f, --force                  replace what is there
  -n, --no-dereference         LINK_NAME that is a link to a directory is a link
  -r, --relative               with -s: the way from the link
  -s, --symbolic               symbolic links
  -t, --target-directory=DIR   links in DIR
  -T, --no-target-directory    LINK_NAME is a file's name
  -v, --verbose                tell what is done
""", not_simulated="-b --backup -d --directory -i --interactive -L --logical -P --physical -S --suffix")  # fmt: skip


@tool("ln")
def ln(ctx: Context) -> int:
    """ln -s [-fnrTv] target ... [link | directory]"""
    given = USAGE.parse(ctx)
    operands = list(given.operands)
    if not operands:
        USAGE.fail(ctx, "missing file operand")
    if not given.has("s"):
        refuse(ctx, "a hard link (ln without -s)")
    files = ctx.files
    if given.has("t"):
        pairs = [(target, inside(given.value("t"), target)) for target in operands]
    elif len(operands) == 1:
        pairs = [(operands[0], inside(".", operands[0]))]
    else:
        last = operands.pop()
        is_link = given.has("n") and files.exists(ctx.path(last), follow=False) and (
            files.stat(ctx.path(last), follow=False).type == "link")  # fmt: skip
        if files.is_dir(ctx.path(last)) and not given.has("T") and not is_link:
            pairs = [(target, inside(last, target)) for target in operands]
        elif len(operands) > 1:
            return ctx.complain(
                f"target '{last}': {'Not a directory' if files.exists(ctx.path(last)) else 'No such file or directory'}"
            )
        else:
            pairs = [(operands[0], last)]
    status = 0
    for target, link in pairs:
        if given.has("r"):
            target = posixpath.relpath(ctx.path(target), posixpath.dirname(ctx.path(link)))
        try:
            if given.has("f") and files.exists(ctx.path(link), follow=False):
                files.remove(ctx.path(link))
            files.symlink(target, ctx.path(link))
        except FileError as error:
            status = ctx.complain(f"failed to create symbolic link '{link}': {error.reason}")
            continue
        if given.has("v"):
            ctx.print(f"'{link}' -> '{target}'")
    return status
