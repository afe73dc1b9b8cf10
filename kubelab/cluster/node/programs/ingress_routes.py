"""Which backend an HTTP request comes to by the Ingresses of a controller's class.

Pure reading of Ingresses: hosts, paths, annotations, TLS. Where two Ingresses say the same, the older one counts.
Source: kubernetes.io, concepts/services-networking/ingress; kubernetes.github.io/ingress-nginx, user-guide
(ingress-path-matching, nginx-configuration/annotations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from kubelab.cluster.objects import Object, annotations_of

PREFIX = "nginx.ingress.kubernetes.io/"
LEGACY_CLASS = "kubernetes.io/ingress.class"
ANY_HOST = "_"


class Location(NamedTuple):
    """One path of one host.

    Args:
        kind: "Exact", "Prefix", "ImplementationSpecific" or "regex".
        backend: as the Ingress has it.
        ingress: the Ingress that says so.
    """

    host: str
    path: str
    kind: str
    backend: Object
    ingress: Object

    def rank(self) -> tuple[bool, int]:
        """Longer paths before shorter ones, an exact path before a prefix of the same length."""
        return self.kind != "Exact", -len(self.path)

    def matches(self, path: str) -> re.Match[str] | bool:
        """Tells whether a request's path falls into it; for a regular expression, how."""
        if self.kind == "regex":
            return re.match(self.path, path, re.IGNORECASE) or False
        if self.kind == "Exact":
            return path == self.path
        if self.kind == "Prefix":
            bare = self.path.rstrip("/")
            return path == bare or path.startswith(f"{bare}/") or not bare
        return path.startswith(self.path)


class Routes:
    """All that a controller serves.

    Args:
        ingresses: those of its class.
    """

    def __init__(self, ingresses: Iterable[Object]) -> None:
        self.locations: dict[str, list[Location]] = {}
        self.tls: dict[str, tuple[str, str]] = {}  # host -> namespace and name of the Secret
        self.default: Location | None = None
        self.aliases: dict[str, str] = {}  # a further name of a host -> the host
        self.canaries: dict[tuple[str, str], Location] = {}  # host and path -> where some requests go instead
        for ingress in sorted(ingresses, key=_age):
            if annotation(ingress, "canary") == "true":
                self._add_canary(ingress)
            else:
                self._add(ingress)
        for found in self.locations.values():
            found.sort(key=Location.rank)

    def _add(self, ingress: Object) -> None:
        spec, namespace = ingress.get("spec") or {}, ingress["metadata"]["namespace"]
        rules = spec.get("rules") or ()
        as_regex = annotation(ingress, "use-regex") == "true" or "$" in annotation(ingress, "rewrite-target")
        for rule in rules:
            host = rule.get("host") or ANY_HOST
            for alias in annotation(ingress, "server-alias").split(","):
                if alias.strip():
                    self.aliases.setdefault(alias.strip(), host)
            here = self.locations.setdefault(host, [])
            for path in (rule.get("http") or {}).get("paths") or ():
                kind, text = path["pathType"], path.get("path") or "/"
                if as_regex and kind != "Exact":
                    kind = "regex"
                if not any((found.path, found.kind) == (text, kind) for found in here):
                    here.append(Location(host, text, kind, path["backend"], ingress))
            if spec.get("defaultBackend") and not any(found.path == "/" for found in here):
                here.append(Location(host, "/", "Prefix", spec["defaultBackend"], ingress))
        if not rules and spec.get("defaultBackend") and self.default is None:
            self.default = Location(ANY_HOST, "/", "Prefix", spec["defaultBackend"], ingress)
        for tls in spec.get("tls") or ():
            for host in tls.get("hosts") or ():
                self.tls.setdefault(host, (namespace, tls.get("secretName") or ""))

    def _add_canary(self, ingress: Object) -> None:
        for rule in (ingress.get("spec") or {}).get("rules") or ():
            host = rule.get("host") or ANY_HOST
            for path in (rule.get("http") or {}).get("paths") or ():
                text = path.get("path") or "/"
                self.canaries.setdefault((host, text), Location(host, text, path["pathType"], path["backend"], ingress))

    def server(self, host: str) -> str:
        """Returns the host whose rules a request to `host` comes to: itself, a wildcard, or none."""
        host = self.aliases.get(host, host)
        if host in self.locations:
            return host
        wildcard = f"*.{host.partition('.')[2]}"
        return wildcard if wildcard in self.locations else ANY_HOST

    def find(self, host: str, path: str) -> Location | None:
        """Returns the location that a request falls into, None where none does."""
        for location in self.locations.get(self.server(host), ()):
            if location.matches(path):
                return location
        return self.default if self.server(host) == ANY_HOST else None

    def secret(self, host: str) -> tuple[str, str] | None:
        """Returns which Secret holds the certificate for a host, None where no Ingress names one."""
        return self.tls.get(host) or self.tls.get(f"*.{host.partition('.')[2]}")


def _age(ingress: Object) -> tuple[str, str]:
    return ingress["metadata"]["creationTimestamp"], ingress["metadata"]["uid"]


def annotation(ingress: Object, name: str) -> str:
    """Returns one of ingress-nginx's annotations, "" where it is not there."""
    return annotations_of(ingress).get(PREFIX + name, "")


def is_of_class(ingress: Object, classes: Iterable[str], *, without: bool) -> bool:
    """Tells whether an Ingress is a controller's.

    Args:
        classes: the names of the classes that name the controller.
        without: whether it takes those that name no class.
    """
    named = (ingress.get("spec") or {}).get("ingressClassName")
    legacy = annotations_of(ingress).get(LEGACY_CLASS)
    if named is None and legacy is None:
        return without
    return (named if named is not None else legacy) in tuple(classes)


def rewritten(location: Location, path: str) -> str:
    """Returns the path that the backend sees."""
    target = annotation(location.ingress, "rewrite-target")
    if not target:
        return path
    bare, mark, query = path.partition("?")
    found = location.matches(bare)
    if isinstance(found, re.Match):
        target = re.sub(r"\$(\d)", lambda group: _group(found, int(group[1])), target)
    return target + mark + query


def _group(found: re.Match[str], number: int) -> str:
    return (found.group(number) or "") if number <= (found.re.groups or 0) else ""


def redirects_to_tls(routes: Routes, location: Location, host: str) -> bool:
    """Tells whether a plain request is sent to HTTPS: hosts with a certificate are, unless told otherwise."""
    if annotation(location.ingress, "force-ssl-redirect") == "true":
        return True
    return routes.secret(host) is not None and annotation(location.ingress, "ssl-redirect") != "false"
