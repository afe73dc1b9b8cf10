"""vi, vim, nano, edit: open the page's editor with a file and wait until it is saved or closed.

The editors themselves are not simulated, and say so.
"""

from __future__ import annotations

from kubelab.terminal.tool import Context, Edit, Steps, tool


@tool("edit", "vi", "vim", "nano", "emacs", "view", "pico")
def edit(ctx: Context) -> Steps:
    """edit file ..."""
    paths = [arg for arg in ctx.args if not arg.startswith(("-", "+"))]
    if not paths:
        return ctx.complain("which file? KubeLab opens the page's editor in its place, e.g.: edit pod.yaml")
    if not ctx.tty or not ctx.stdin_tty:
        return ctx.complain("there is no terminal whose page could open its editor")
    for path in ctx.each(paths):
        full = ctx.path(path)
        if ctx.files.is_dir(full):
            return ctx.complain(f"{path}: is a directory")
        if not ctx.state.get("told") == path:
            ctx.state["told"] = path
            ctx.print(f"{path} is open in the page's editor: save or close it there, or press Ctrl-C here.")
        yield Edit(full)
    return 0
