"""The host names that the site answers to, when nobody lists them.

A name that is not ours is refused (Django's ALLOWED_HOSTS): password-reset links are made from it, and a web
page elsewhere must not reach a lab on this machine under a name of its own.
"""

import socket
from urllib.parse import urlsplit

LOOPBACK = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
EVERYWHERE = ("0.0.0.0", "::", "")


def hosts_of(host: str, public_url: str, further: str) -> list[str]:
    """Return the names for a server that listens on `host`, is known as `public_url` and by `further` (a,b,c)."""
    names = [*LOOPBACK, *(name.strip() for name in further.split(",") if name.strip())]
    public = urlsplit(public_url).hostname
    if public:
        names.append(public)
    if host in EVERYWHERE:
        names += names_of_this_machine()
    else:
        names.append(f"[{host}]" if ":" in host else host)
    return list(dict.fromkeys(names))


def names_of_this_machine() -> list[str]:
    """Return this machine's name and the addresses under which a local network reaches it."""
    name = socket.gethostname().lower()
    names = [name, f"{name}.local"]
    try:
        names += [str(entry[4][0]) for entry in socket.getaddrinfo(name, None, socket.AF_INET)]
    except OSError:
        pass  # a machine that cannot resolve its own name
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address faces the outside
            names.append(probe.getsockname()[0])
        except OSError:
            pass  # no network
    return names
