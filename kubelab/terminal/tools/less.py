"""less and more: a text page by page on a terminal; elsewhere as cat. Source: less(1)."""

from __future__ import annotations

from kubelab.terminal import regular
from kubelab.terminal.inputs import gather
from kubelab.terminal.options import Usage
from kubelab.terminal.shell.keys import name_of
from kubelab.terminal.tool import Context, Keys, Steps, tool

USAGE = Usage("""
Usage: less [OPTION]... [FILE]...
Show a text page by page. Keys: space and b: a page, Enter, j and k: a line, g and G: begin and end, /: search,
n and N: next and previous match, q: quit.

  -E, --QUIT-AT-EOF            nothing
  -e, --quit-at-eof            nothing
  -F, --quit-if-one-screen     end when all of it fits
  -i, --ignore-case            searches do not look at case
  -N, --LINE-NUMBERS           with line numbers
  -n, --line-numbers           nothing
  -R, --RAW-CONTROL-CHARS      nothing: colours are shown
  -r, --raw-control-chars      nothing
  -S, --chop-long-lines        long lines are cut
  -X, --no-init                nothing
""", not_simulated="-f -p -x -m -M -K -s +F -j")  # fmt: skip
SYNONYMS = {
    " ": "page", "f": "page", "pagedown": "page", "ctrl-f": "page", "ctrl-v": "page", "b": "back", "pageup": "back",
    "ctrl-b": "back", "enter": "line", "j": "line", "down": "line", "e": "line", "k": "up", "up": "up", "y": "up",
    "d": "half", "ctrl-d": "half", "u": "half back", "ctrl-u": "half back", "g": "begin", "<": "begin", "home": "begin",
    "G": "end", ">": "end", "end": "end", "q": "quit", "Q": "quit", "ctrl-c": "quit", "n": "next", "N": "previous",
}  # fmt: skip


@tool("less", "more", "pager")
def less(ctx: Context) -> Steps:
    """less [-FiNRSX] [file ...]"""
    args = [arg for arg in ctx.args if not arg.startswith("+")]
    given = USAGE.parse(ctx, args)
    if not given.operands and ctx.stdin_tty:
        ctx.error('Missing filename ("less --help" for help)\n')
        return 1
    texts = yield from gather(ctx, given.operands or ["-"], lambda path, error: f"{path}: {error.reason}")
    text = "".join(each for each in texts if each is not None)
    if not ctx.tty:
        ctx.write(text)
        return int(None in texts)
    lines = _screen_lines(text, ctx.columns, cut=given.has("S"), numbers=given.has("N"))
    if not lines or (given.has("F") and len(lines) < ctx.rows):
        ctx.write("".join(line + "\n" for line in lines))
        return int(None in texts)
    state = ctx.state
    state.setdefault("top", len(lines) if "+G" in ctx.args else 0)
    name = given.operands[0] if given.operands else ""
    ctx.full_screen()
    _draw(ctx, lines, name)
    while True:
        yield Keys()
        for key in ctx.keys():
            if not _pressed(ctx, lines, key, ignore_case=given.has("i")):
                ctx.full_screen(False)
                return 0
        _draw(ctx, lines, name)


def _screen_lines(text: str, width: int, *, cut: bool, numbers: bool) -> list[str]:
    lines = []
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        line = (f"{number:7} " if numbers else "") + line.expandtabs()
        pieces = [line[at : at + width] for at in range(0, len(line), width)] or [""]
        lines.extend(pieces[:1] if cut or "\x1b" in line else pieces)
    return lines


def _draw(ctx: Context, lines: list[str], name: str) -> None:
    state, height = ctx.state, ctx.rows - 1
    top = state["top"] = max(0, min(state["top"], len(lines) - height))
    page = lines[top : top + height]
    page += ["~"] * (height - len(page))
    if "asked" in state:
        status = "/" + state["asked"]
    elif state.get("message"):
        status = f"\x1b[7m{state.pop('message')}\x1b[0m"
    elif top + height >= len(lines):
        status = "\x1b[7m(END)\x1b[0m"
    else:
        status = f"\x1b[7m{name}\x1b[0m" if name and not top else ":"
    ctx.write("\x1b[H\x1b[2J" + "".join(line + "\r\n" for line in page) + status)


def _pressed(ctx: Context, lines: list[str], key: str, *, ignore_case: bool) -> bool:
    """Reacts to a key; returns False when it ends the program."""
    state, height = ctx.state, ctx.rows - 1
    if "asked" in state:
        _search_key(ctx, lines, key, ignore_case=ignore_case)
        return True
    action = SYNONYMS.get(name_of(key), "")
    if action == "quit":
        return False
    if key == "/":
        state["asked"] = ""
    steps = {"page": height, "back": -height, "line": 1, "up": -1, "half": height // 2, "half back": -(height // 2)}
    if action in steps:
        state["top"] += steps[action]
    elif action in ("begin", "end"):
        state["top"] = 0 if action == "begin" else len(lines)
    elif action in ("next", "previous") and state.get("pattern"):
        _find(ctx, lines, 1 if action == "next" else -1, ignore_case=ignore_case)
    return True


def _search_key(ctx: Context, lines: list[str], key: str, *, ignore_case: bool) -> None:
    state, name = ctx.state, name_of(key)
    if name == "enter":
        state["pattern"] = state.pop("asked") or state.get("pattern", "")
        _find(ctx, lines, 1, ignore_case=ignore_case)
    elif name in ("escape", "ctrl-c"):
        del state["asked"]
    elif name == "backspace":
        if not state["asked"]:
            del state["asked"]
        else:
            state["asked"] = state["asked"][:-1]
    elif key.isprintable():
        state["asked"] += key


def _find(ctx: Context, lines: list[str], step: int, *, ignore_case: bool) -> None:
    state = ctx.state
    at = state["top"] + step
    try:
        while 0 <= at < len(lines):
            if regular.search(state["pattern"], lines[at], ignore_case=ignore_case):
                state["top"] = at
                return
            at += step
    except regular.RegularFault as fault:
        state["message"] = str(fault)
        return
    state["message"] = "Pattern not found"
