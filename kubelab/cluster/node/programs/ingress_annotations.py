"""What ingress-nginx's annotations do to a request before, and after, it goes to a backend.

Source: kubernetes.github.io/ingress-nginx, user-guide/nginx-configuration/annotations; examples/auth/basic, canary,
affinity/cookie. `NOT_SIMULATED` says of which annotations nothing comes here; the controller tells so in an Event.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kubelab.cluster.addresses import is_address, subnet
from kubelab.cluster.kinds import Secret
from kubelab.cluster.node.programs.apr1 import is_password
from kubelab.cluster.node.programs.ingress_routes import PREFIX, Location, annotation
from kubelab.cluster.node.programs.proxying import page
from kubelab.cluster.objects import Key, Object, annotations_of
from kubelab.cluster.sockets import HttpReply, HttpRequest

if TYPE_CHECKING:
    from kubelab.cluster.node.container import Container

SIMULATED = frozenset(
    "rewrite-target use-regex ssl-redirect force-ssl-redirect permanent-redirect permanent-redirect-code app-root "
    "temporal-redirect temporal-redirect-code backend-protocol whitelist-source-range allowlist-source-range "
    "denylist-source-range auth-type auth-secret auth-secret-type auth-realm canary canary-weight canary-weight-total "
    "canary-by-header canary-by-header-value canary-by-cookie affinity affinity-mode session-cookie-name "
    "session-cookie-path session-cookie-max-age session-cookie-expires upstream-vhost x-forwarded-prefix enable-cors "
    "cors-allow-origin cors-allow-methods cors-allow-headers cors-allow-credentials cors-max-age server-alias".split()
)
# These change how nginx works inside; what a client of the lab sees is the same with and without them.
WITHOUT_TRACE = (
    "proxy-body-size proxy-buffer proxy-connect-timeout proxy-read-timeout proxy-send-timeout proxy-next-upstream "
    "proxy-request-buffering proxy-http-version client-body-buffer-size load-balance service-upstream enable-access-log"
).split()
METHODS = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
HEADERS = "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"


def not_simulated(ingress: Object) -> list[str]:
    """Returns the controller's annotations of an Ingress of which nothing comes in this lab."""
    names = [name.removeprefix(PREFIX) for name in annotations_of(ingress) if name.startswith(PREFIX)]
    return [name for name in names if name not in SIMULATED and not name.startswith(tuple(WITHOUT_TRACE))]


def refusal(container: Container, location: Location, request: HttpRequest) -> HttpReply | None:
    """Returns the answer to a request that is not let through, or is sent elsewhere; None for the others."""
    ingress = location.ingress
    if not _comes_from(ingress, request.client):
        return page(403)
    if annotation(ingress, "enable-cors") == "true" and request.method == "OPTIONS":
        return page(204, {**cors(ingress), "Access-Control-Max-Age": annotation(ingress, "cors-max-age") or "1728000"})
    denied = _authenticated(container, ingress, request)
    if denied is not None:
        return denied
    return _sent_elsewhere(ingress, request)


def _comes_from(ingress: Object, client: str) -> bool:
    allowed = annotation(ingress, "whitelist-source-range") or annotation(ingress, "allowlist-source-range")
    refused = annotation(ingress, "denylist-source-range")
    if any(_holds(each, client) for each in refused.split(",") if each.strip()):
        return False
    return not allowed or any(_holds(each, client) for each in allowed.split(","))


def _holds(text: str, client: str) -> bool:
    block = text.strip()
    return client == block if is_address(block) else subnet(block).holds(client)


def _authenticated(container: Container, ingress: Object, request: HttpRequest) -> HttpReply | None:
    """Asks for a name and a password by auth-type: basic; a Secret that is not there closes the location."""
    if annotation(ingress, "auth-type") != "basic":
        return None
    namespace, _, name = annotation(ingress, "auth-secret").rpartition("/")
    key = Key(namespace or ingress["metadata"]["namespace"], name)
    secret = container.cluster.store.get(Secret.path(key))
    if secret is None:
        return page(503)
    known = _users(secret, annotation(ingress, "auth-secret-type") == "auth-map")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        user, _, password = _decoded(given).partition(":")
        if user in known and is_password(password, known[user]):
            return None
    realm = annotation(ingress, "auth-realm") or ""
    return page(401, {"WWW-Authenticate": f'Basic realm="{realm}"'})


def _users(secret: Object, by_name: bool) -> dict[str, str]:
    data = {name: _decoded(text) for name, text in (secret.get("data") or {}).items()}
    if by_name:
        return data
    lines = [line.partition(":") for line in data.get("auth", "").splitlines()]
    return {user: hashed for user, _, hashed in lines if hashed}


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""


def _sent_elsewhere(ingress: Object, request: HttpRequest) -> HttpReply | None:
    permanent, temporal = annotation(ingress, "permanent-redirect"), annotation(ingress, "temporal-redirect")
    if permanent:
        return page(int(annotation(ingress, "permanent-redirect-code") or 301), {"Location": permanent})
    if temporal:
        return page(int(annotation(ingress, "temporal-redirect-code") or 302), {"Location": temporal})
    root = annotation(ingress, "app-root")
    if root and request.path == "/":
        return page(302, {"Location": f"{'https' if request.tls else 'http'}://{request.host}{root}"})
    return None


# canaries


def takes_canary(container: Container, canary: Object, request: HttpRequest) -> bool:
    """Tells whether a request goes to an Ingress that is a canary: by header, else by cookie, else by weight."""
    header = annotation(canary, "canary-by-header")
    if header:
        given = {name.lower(): value for name, value in request.headers.items()}.get(header.lower())
        wanted = annotation(canary, "canary-by-header-value")
        if given is not None and (given == wanted if wanted else given == "always"):
            return True
        if given == "never" and not wanted:
            return False
    cookie = annotation(canary, "canary-by-cookie")
    if cookie and cookies_of(request).get(cookie) in ("always", "never"):
        return cookies_of(request)[cookie] == "always"
    weight = int(annotation(canary, "canary-weight") or 0)
    total = int(annotation(canary, "canary-weight-total") or 100)
    return weight > 0 and container.cluster.network.draw(total) < weight


# cookies and answers


def cookies_of(request: HttpRequest) -> dict[str, str]:
    """Returns the cookies that a client sends."""
    text = next((value for name, value in request.headers.items() if name.lower() == "cookie"), "")
    return {name.strip(): value for name, _, value in (part.partition("=") for part in text.split(";")) if name.strip()}


def cookie_name(ingress: Object) -> str:
    """Returns the name of the cookie that keeps a client with its Pod, "" where none does."""
    return (annotation(ingress, "session-cookie-name") or "INGRESSCOOKIE") if (
        annotation(ingress, "affinity") == "cookie"
    ) else ""  # fmt: skip


def cookie_of(address: str) -> str:
    """Returns the cookie's value for a Pod."""
    digest = hashlib.sha256(address.encode()).hexdigest()
    return f"{int(digest[:8], 16)}.{int(digest[8:13], 16) % 1000:03d}.{int(digest[13:16], 16) % 100}|{digest[16:48]}"


def answered(location: Location, reply: HttpReply, address: str, known: Mapping[str, str]) -> HttpReply:
    """Returns a backend's answer with the headers that annotations add.

    Args:
        known: the client's cookies.
    """
    ingress, headers = location.ingress, dict(reply.headers)
    name = cookie_name(ingress)
    if name and address and known.get(name) != cookie_of(address):
        age = annotation(ingress, "session-cookie-max-age")
        where = annotation(ingress, "session-cookie-path") or location.path or "/"
        lasting = f" Max-Age={age};" if age else ""
        headers["Set-Cookie"] = f"{name}={cookie_of(address)};{lasting} Path={where}; HttpOnly"
    if annotation(ingress, "enable-cors") == "true":
        headers |= cors(ingress)
    return HttpReply(reply.status, reply.reason, headers, reply.body)


def cors(ingress: Object) -> dict[str, str]:
    """Returns the headers of enable-cors."""
    told = {"Access-Control-Allow-Origin": annotation(ingress, "cors-allow-origin") or "*"}
    if annotation(ingress, "cors-allow-credentials") != "false":
        told["Access-Control-Allow-Credentials"] = "true"
    told["Access-Control-Allow-Methods"] = annotation(ingress, "cors-allow-methods") or METHODS
    told["Access-Control-Allow-Headers"] = annotation(ingress, "cors-allow-headers") or HEADERS
    return told
