"""Text in lines of a width, as mitchellh/go-wordwrap breaks them: at spaces, words longer than a line as they are."""

from __future__ import annotations

NO_BREAK = "\u00a0"


def wrapped(text: str, width: int) -> str:
    """Returns `text` with line breaks in place of spaces, so that lines are `width` letters at the most."""
    out: list[str] = []
    current = 0  # length of the line so far
    word = space = ""
    for letter in text:
        if letter == "\n":
            if word or current + len(space) <= width:
                out += [space, word]
            out.append(letter)
            current, word, space = 0, "", ""
        elif letter.isspace() and letter != NO_BREAK:
            if word or not space:
                current += len(space) + len(word)
                out += [space, word]
                word = space = ""
            space += letter
        else:
            word += letter
            if current + len(word) + len(space) > width and len(word) < width:
                out.append("\n")
                current, space = 0, ""
    if word or current + len(space) <= width:
        out += [space, word]
    return "".join(out)


def indented(text: str, amount: int) -> str:
    """Returns `text` with that many spaces before each line."""
    pad = " " * amount
    return pad + text.replace("\n", f"\n{pad}")
