"""curl's command line: which options it has, which take an argument, and what is not understood.

Source: curl's tool_getparam.c, 7.88 to 8.14. Options that the lab's network has no use for are taken and ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# long name -> short letter; options with an argument
WITH_ARGUMENT = {
    "request": "X", "header": "H", "data": "d", "data-raw": "", "data-binary": "", "data-urlencode": "",
    "data-ascii": "", "json": "", "form": "F", "output": "o", "write-out": "w", "max-time": "m",
    "connect-timeout": "", "resolve": "", "connect-to": "", "user": "u", "user-agent": "A", "referer": "e",
    "cookie": "b", "cookie-jar": "c", "cacert": "", "cert": "E", "key": "", "url": "", "max-redirs": "", "retry": "",
    "retry-delay": "", "retry-max-time": "", "proxy": "x", "noproxy": "", "interface": "", "range": "r",
    "limit-rate": "", "config": "K", "dump-header": "D", "upload-file": "T", "speed-limit": "Y", "speed-time": "y",
    "capath": "", "ciphers": "", "unix-socket": "", "dns-servers": "", "stderr": "", "trace": "", "trace-ascii": "",
    "output-dir": "", "oauth2-bearer": "", "tls-max": "", "keepalive-time": "", "expect100-timeout": "",
    "local-port": "", "time-cond": "z", "quote": "Q",
}  # fmt: skip
FLAGS = {
    "silent": "s", "show-error": "S", "verbose": "v", "head": "I", "include": "i", "location": "L", "insecure": "k",
    "fail": "f", "fail-with-body": "", "fail-early": "", "remote-name": "O", "get": "G", "http1.0": "0",
    "http1.1": "", "http2": "", "http2-prior-knowledge": "", "http3": "", "ipv4": "4", "ipv6": "6", "compressed": "",
    "version": "V", "help": "h", "no-buffer": "N", "progress-bar": "#", "retry-connrefused": "",
    "retry-all-errors": "", "globoff": "g", "location-trusted": "", "path-as-is": "", "tlsv1.2": "", "tlsv1.3": "",
    "tlsv1": "1", "no-keepalive": "", "next": ":", "raw": "", "remote-header-name": "J", "remote-time": "R",
    "create-dirs": "", "disable": "q", "parallel": "Z", "no-progress-meter": "", "anyauth": "", "basic": "",
    "netrc": "n", "styled-output": "", "no-alpn": "", "manual": "M", "proxy-insecure": "", "tcp-nodelay": "",
    "http0.9": "", "ssl-reqd": "", "remove-on-error": "", "haproxy-protocol": "",
}  # fmt: skip
SHORT = {letter: name for table in (WITH_ARGUMENT, FLAGS) for name, letter in table.items() if letter}
REPEATED = frozenset({"header", "data", "resolve", "connect-to", "output", "form", "url"})
DATA = frozenset({"data", "data-raw", "data-binary", "data-urlencode", "data-ascii", "json"})


class UsageError(Exception):
    """A command line that curl does not understand; the text is what it says."""


@dataclass
class Options:
    """What was asked for: flags that are on, arguments by option, the URLs, and the data in their order."""

    flags: dict[str, bool] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    data: list[tuple[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def on(self, flag: str) -> bool:
        """Tells whether a flag is on."""
        return self.flags.get(flag, False)

    def all(self, name: str) -> list[str]:
        """Returns every argument given to an option."""
        return self.values.get(name, [])

    def one(self, name: str) -> str | None:
        """Returns the last argument given to an option, or None."""
        found = self.values.get(name)
        return found[-1] if found else None

    def seconds(self, name: str) -> float | None:
        """Returns an option's argument as seconds.

        Raises:
            UsageError: if it is no number.
        """
        text = self.one(name)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            raise UsageError(f"option {spelled(name)}: expected a proper numerical parameter") from None


def spelled(name: str) -> str:
    """Returns an option as messages name it."""
    letter = WITH_ARGUMENT.get(name) or FLAGS.get(name)
    return f"-{letter}" if letter else f"--{name}"


def parse(arguments: list[str]) -> Options:
    """Reads curl's arguments.

    Raises:
        UsageError: with curl's message.
    """
    options = Options()
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            options.urls += left
            break
        if word.startswith("--"):
            _long(options, word, left)
        elif word.startswith("-") and len(word) > 1:
            _short(options, word[1:], left)
        else:
            options.urls.append(word)
    options.urls = options.all("url") + options.urls
    return options


def _long(options: Options, word: str, left: list[str]) -> None:
    name = word[2:]
    if name in WITH_ARGUMENT:
        if not left:
            raise UsageError(f"option --{name}: requires parameter")
        _value(options, name, left.pop(0))
        return
    on = True
    if name.startswith("no-") and name not in FLAGS:
        name, on = name.removeprefix("no-"), False
    if name not in FLAGS:
        every = [*WITH_ARGUMENT, *FLAGS]
        fitting = [known for known in every if known.startswith(name)]
        if len(fitting) != 1:
            raise UsageError(f"option {word}: is {'ambiguous' if fitting else 'unknown'}")
        _long(options, f"--{fitting[0]}", left)
        return
    options.flags[name] = on


def _short(options: Options, letters: str, left: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        name = SHORT.get(letter)
        if name is None:
            raise UsageError(f"option -{letter}: is unknown")
        if name in WITH_ARGUMENT:
            if not letters and not left:
                raise UsageError(f"option -{letter}: requires parameter")
            _value(options, name, letters or left.pop(0))
            return
        options.flags[name] = True


def _value(options: Options, name: str, value: str) -> None:
    if name in DATA:
        options.data.append((name, value))
    options.values.setdefault(name, []).append(value)
