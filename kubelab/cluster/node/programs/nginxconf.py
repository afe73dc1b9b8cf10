"""Reads nginx's configuration language, as far as people configure a web server in a ConfigMap.

Source: nginx.org/en/docs; the messages are nginx's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r'\s*(?:(#[^\n]*)|([{};])|"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|([^\s{};"\']+))',
    re.DOTALL,
)
BLOCKS = frozenset("http events server location upstream if types map stream geo limit_except".split())
KNOWN = frozenset(
    """
    user worker_processes error_log pid worker_connections include default_type log_format access_log sendfile
    tcp_nopush keepalive_timeout gzip listen server_name root index return proxy_pass proxy_set_header
    proxy_http_version add_header try_files error_page rewrite client_max_body_size stub_status autoindex alias
    expires allow deny charset server_tokens gzip_types gzip_min_length proxy_read_timeout proxy_connect_timeout
    proxy_send_timeout resolver set tcp_nodelay keepalive_requests types_hash_max_size ssl_certificate
    ssl_certificate_key ssl_protocols ssl_ciphers auth_basic auth_basic_user_file proxy_redirect proxy_buffering
    least_conn ip_hash server load_module daemon worker_rlimit_nofile multi_accept use proxy_cache_bypass
    fastcgi_pass fastcgi_param fastcgi_index break internal real_ip_header set_real_ip_from open_file_cache
    proxy_intercept_errors limit_req limit_req_zone env http2 zone proxy_pass_request_headers
    client_body_timeout send_timeout ssl_session_cache ssl_session_timeout hash
    """.split()
)


class ConfigError(Exception):
    """What `nginx -t` says, without the file: the line is in `line`."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Directive:
    """One directive with its words; `body` for a block."""

    words: list[str]
    line: int
    body: list[Directive] | None = field(default=None)

    @property
    def name(self) -> str:
        """Its first word."""
        return self.words[0]


def parse(text: str) -> list[Directive]:
    """Reads a file.

    Raises:
        ConfigError: as nginx says it.
    """
    tokens = list(_tokens(text))
    directives, position = _block(tokens, 0, top=True)
    if position < len(tokens):
        raise ConfigError('unexpected "}"', tokens[position][1])
    return directives


def _tokens(text: str) -> list[tuple[str, int, bool]]:
    """Returns words with their lines, and whether they are punctuation."""
    found: list[tuple[str, int, bool]] = []
    position = 0
    while True:
        match = TOKEN.match(text, position)
        if match is None:
            return found
        position = match.end()
        line = text.count("\n", 0, position) + 1
        if match[1] is not None:
            continue
        if match[2] is not None:
            found.append((match[2], line, True))
        else:
            found.append((match[3] or match[4] or match[5] or "", line, False))


def _block(tokens: list[tuple[str, int, bool]], position: int, *, top: bool) -> tuple[list[Directive], int]:
    directives: list[Directive] = []
    words: list[str] = []
    while position < len(tokens):
        word, line, punctuation = tokens[position]
        if not punctuation:
            words.append(word)
            position += 1
            continue
        if word == ";":
            if not words:
                raise ConfigError('unexpected ";"', line)
            _check(words[0], line)
            directives.append(Directive(words, line))
            words, position = [], position + 1
        elif word == "{":
            if not words:
                raise ConfigError('unexpected "{"', line)
            body, position = _block(tokens, position + 1, top=False)
            directives.append(Directive(words, line, body))
            words = []
        else:
            if words:
                raise ConfigError('unexpected "}"', line)
            return directives, position if top else position + 1
    last = tokens[-1][1] if tokens else 1
    if words:
        raise ConfigError('unexpected end of file, expecting ";" or "}"', last)
    if not top:
        raise ConfigError('unexpected end of file, expecting "}"', last)
    return directives, position


def _check(name: str, line: int) -> None:
    if name not in KNOWN and "/" not in name and name.isidentifier():
        raise ConfigError(f'unknown directive "{name}"', line)


def find_all(directives: list[Directive], name: str) -> list[Directive]:
    """Returns the directives of a name in a block."""
    return [each for each in directives if each.name == name]


def value(directives: list[Directive], name: str, default: str = "") -> str:
    """Returns the first argument of a directive."""
    for each in directives:
        if each.name == name and len(each.words) > 1:
            return each.words[1]
    return default
