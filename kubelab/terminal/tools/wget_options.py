"""wget's command line, GNU's and BusyBox's. Source: wget 1.21.4, wget(1); busybox networking/wget.c.

Not simulated, and taken without effect: recursion, continuing, proxies, cookies.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LONG_WITH_VALUE = {
    "output-document": "O", "timeout": "T", "connect-timeout": "T", "read-timeout": "", "tries": "t", "user-agent": "U",
    "header": "header", "post-data": "post-data", "directory-prefix": "P", "output-file": "o", "method": "method",
    "body-data": "post-data", "wait": "w", "dns-timeout": "",
}  # fmt: skip
LONG_FLAGS = {
    "quiet": "q", "spider": "spider", "server-response": "S", "no-verbose": "nv", "no-check-certificate": "k",
    "version": "V", "help": "h", "continue": "c", "no-cache": "", "verbose": "v", "show-progress": "progress",
    "no-clobber": "nc", "content-on-error": "content-on-error",
}  # fmt: skip
SHORT_WITH_VALUE = "OTtUPoweGlAY"


class UsageError(Exception):
    """A command line that wget does not understand."""


@dataclass
class Options:
    """What wget was told."""

    flags: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)

    def on(self, flag: str) -> bool:
        """Tells whether a flag is on."""
        return flag in self.flags

    @property
    def timeout(self) -> float | None:
        """The seconds of -T, None without it."""
        text = self.values.get("T", "")
        return float(text) if text.replace(".", "", 1).isdigit() and float(text) > 0 else None

    @property
    def tries(self) -> int:
        """How often GNU's wget tries."""
        text = self.values.get("t", "20")
        return int(text) or 20 if text.isdigit() else 20


def parse(args: list[str]) -> Options:
    """Reads the arguments.

    Raises:
        UsageError: naming the option.
    """
    options, left = Options(), list(args)
    while left:
        word = left.pop(0)
        if word == "--":
            options.urls += left
            break
        if word.startswith("--"):
            _long(options, word[2:], left)
        elif word in ("-nv", "-nc"):
            options.flags.add(word[1:])
        elif word.startswith("-") and len(word) > 1:
            _short(options, word[1:], left)
        else:
            options.urls.append(word)
    return options


def _long(options: Options, word: str, left: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name in LONG_FLAGS:
        options.flags.add(LONG_FLAGS[name])
    elif name in LONG_WITH_VALUE:
        if not equals:
            if not left:
                raise UsageError(f"option '--{name}' requires an argument")
            value = left.pop(0)
        if name == "header":
            key, _, content = value.partition(":")
            options.headers[key.strip()] = content.strip()
        else:
            options.values[LONG_WITH_VALUE[name]] = value
    else:
        raise UsageError(f"unrecognized option '--{name}'")


def _short(options: Options, letters: str, left: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in SHORT_WITH_VALUE:
            if not letters and not left:
                raise UsageError(f"option requires an argument -- '{letter}'")
            options.values[letter] = letters or left.pop(0)
            return
        if not letter.isalnum() or letter not in "qScvVhNrkbdnpEHKLmxiF":
            raise UsageError(f"invalid option -- '{letter}'")
        options.flags.add(letter)
