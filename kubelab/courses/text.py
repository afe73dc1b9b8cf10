"""Lessons' Markdown as HTML. What an author writes is trusted less than code: HTML in it is shown, never obeyed.

Which markup the page's script understands is told in templates/labs/lab.html.
"""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any
from urllib.parse import unquote

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from kubelab.courses.format.pages import ADVANCE, SHELLS

ALLOWED = re.compile(r"(?:https?://|mailto:|file:|run:|lesson:|images/|#)", re.I)
LESSON, FILE, RUN, IMAGES = "lesson:", "file:", "run:", "images/"


class Renderer(RendererHTML):
    """HTML for code blocks, links and pictures of lessons."""

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        token = tokens[idx]
        language, *words = token.info.split() or [""]
        return code_block(language, words, token.content)

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return code_block("", [], tokens[idx].content)

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        href = unquote(str(tokens[idx].attrs.get("href", "")))
        closing = env.setdefault("closing", [])
        closing.append("</button>" if href.startswith((FILE, RUN)) else "</a>")
        if href.startswith(FILE):
            return f'<button type="button" data-open="{escape(href.removeprefix(FILE))}">'
        if href.startswith(RUN):
            return f'<button type="button" class="inline-run" data-run="{escape(href.removeprefix(RUN))}">'
        if href.startswith(LESSON):
            return f'<a href="/lessons/{escape(href.removeprefix(LESSON))}/">'
        if href.startswith("#"):
            return f'<a href="{escape(href)}">'
        return f'<a href="{escape(href)}" rel="noopener noreferrer" target="_blank">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return str(env["closing"].pop())

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        token = tokens[idx]
        source = str(token.attrs.get("src", ""))
        described = escape(self.renderInlineAsText(token.children or [], options, env))
        if not source.startswith(IMAGES):
            return described
        return f'<img src="/lessons/{escape(env.get("lesson", ""))}/{escape(source)}" alt="{described}" loading="lazy">'

    def heading_open(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return f"<{_heading(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]) -> str:
        return f"</{_heading(tokens[idx])}>\n"


def _heading(token: Token) -> str:
    """The page has its own h1 and each step its h2."""
    return f"h{max(3, int(token.tag[1]))}"


def code_block(language: str, words: Sequence[str], text: str) -> str:
    """Return a code block: runnable, to copy, or plain."""
    if language in SHELLS:
        lines = "".join(f"{line}\n" for line in text.splitlines() if not ADVANCE.match(line.strip()))
        if not lines.strip():
            return ""
        kind = "copyable" if "no-run" in words else "runnable"
        return f'<pre class="{kind}"><code>{escape(lines)}</code></pre>\n'
    if words and language:
        name = escape(words[0])
        listing = f'<pre class="copyable"><code>{escape(text)}</code></pre>\n'
        return f'<p class="listing-name"><button type="button" data-open="{name}">{name}</button></p>\n{listing}'
    kind = ' class="copyable"' if language in ("yaml", "yml") else ""
    return f"<pre{kind}><code>{escape(text)}</code></pre>\n"


def _is_allowed(url: str) -> bool:
    return bool(ALLOWED.match(url.strip()))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}, renderer_cls=Renderer)
    parser.enable(["table", "strikethrough"])
    parser.validateLink = _is_allowed  # type: ignore[method-assign]
    return parser


PARSER = _parser()


def html(markdown: str, lesson: str = "") -> SafeString:
    """Return Markdown as HTML.

    Args:
        lesson: the folder whose pictures are meant.
    """
    return mark_safe(PARSER.render(markdown, {"lesson": lesson}))


def inline(markdown: str) -> SafeString:
    """Return a sentence of Markdown as HTML, without a paragraph around it."""
    return mark_safe(PARSER.renderInline(markdown))


def links_in(markdown: str) -> Iterator[tuple[int, str, str]]:
    """Yield line (from 0), kind ("link", "image") and target of each link and picture; broken ones are no links."""
    for block in PARSER.parse(markdown):
        line = (block.map or [0])[0]
        for token in block.children or ():
            if token.type == "link_open":
                yield line, "link", unquote(str(token.attrs.get("href", "")))
            elif token.type == "image":
                yield line, "image", unquote(str(token.attrs.get("src", "")))


CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.S)
REFUSED = re.compile(r"!?\[[^\]\n]*\]\(\s*<?((?!https?:|mailto:|file:|run:|lesson:|images/|#)[^)>\s]+)", re.I)


def refused_links(markdown: str) -> Iterator[tuple[int, str]]:
    """Yield line and target of what is written like a link, but leads nowhere that a lesson may lead to."""
    without_code = re.sub(
        r"(`+)(?!`).*?(?<!`)\1(?!`)", lambda code: re.sub(r"[^\n]", " ", code[0]), markdown, flags=re.S
    )
    for found in REFUSED.finditer(without_code):
        yield without_code.count("\n", 0, found.start()), found[1]
