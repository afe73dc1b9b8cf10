"""The functions that expressions may call, as the compiler knows them, by the version that has them.

A library is for new expressions one version after the one that brought it, so that a control plane can be rolled back.
Source: k8s.io/apiserver/pkg/cel/environment/base.go and pkg/cel/library; cel-go, common/stdlib and ext; kubernetes.io,
reference/using-api/cel.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from kubelab.cluster.expressions.types import Type, parsed, parts

NUMBERS = ("int", "uint", "double")
ORDERED = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
URL, IP, CIDR = "kubernetes.URL", "net.IP", "net.CIDR"
QUANTITY, SEMVER, FORMAT = "kubernetes.Quantity", "kubernetes.Semver", "kubernetes.NamedFormat"
AUTHORIZER = "kubernetes.authorization.Authorizer"
_CHECKS = {
    name: f"kubernetes.authorization.{name}" for name in ("PathCheck", "GroupCheck", "ResourceCheck", "Decision")
}


class Overload(NamedTuple):
    """One way to call a function; a member's target is its first argument."""

    function: str
    member: bool
    arguments: tuple[Type, ...]
    result: Type

    @property
    def id(self) -> str:
        """How it is told from the others."""
        return f"{self.function}({', '.join(map(str, self.arguments))})"


def _each(line: str, kinds: tuple[str, ...]) -> str:
    return "\n".join(line.replace("T", kind) for kind in kinds)


def _crossed(function: str) -> str:
    pairs = [(one, other) for one in NUMBERS for other in NUMBERS if one != other]
    return "\n".join(f"{function}({one}, {other}) bool" for one, other in pairs)


STANDARD = f"""
!_(bool) bool
-_(int) int
-_(double) double
_==_(A, A) bool
_!=_(A, A) bool
_&&_(bool, bool) bool
_||_(bool, bool) bool
_?_:_(bool, A, A) A
@not_strictly_false(bool) bool
{_each("_+_(T, T) T", (*NUMBERS, "string", "bytes", "list(A)", "duration"))}
_+_(duration, timestamp) timestamp
_+_(timestamp, duration) timestamp
{_each("_-_(T, T) T", (*NUMBERS, "duration"))}
_-_(timestamp, timestamp) duration
_-_(timestamp, duration) timestamp
{_each("_*_(T, T) T", NUMBERS)}
{_each("_/_(T, T) T", NUMBERS)}
{_each("_%_(T, T) T", ("int", "uint"))}
{chr(10).join(_each(f"_{sign}_(T, T) bool", ORDERED) for sign in ("<", "<=", ">", ">="))}
@in(A, list(A)) bool
@in(A, map(A, B)) bool
_[_](list(A), int) A
_[_](map(A, B), A) B
{_each("size(T) int", ("string", "bytes", "list(A)", "map(A, B)"))}
{_each("T.size() int", ("string", "bytes", "list(A)", "map(A, B)"))}
type(A) type(A)
dyn(A) dyn
bool(bool) bool
bool(string) bool
bytes(bytes) bytes
bytes(string) bytes
{_each("double(T) double", (*NUMBERS, "string"))}
{_each("int(T) int", (*NUMBERS, "string", "timestamp", "duration"))}
{_each("uint(T) uint", (*NUMBERS, "string"))}
{_each("string(T) string", (*ORDERED,))}
{_each("duration(T) duration", ("duration", "string"))}
{_each("timestamp(T) timestamp", ("timestamp", "string", "int"))}
string.contains(string) bool
string.startsWith(string) bool
string.endsWith(string) bool
string.matches(string) bool
matches(string, string) bool
{
    chr(10).join(
        f"timestamp.{name}() int{chr(10)}timestamp.{name}(string) int"
        for name in (
            "getFullYear",
            "getMonth",
            "getDayOfYear",
            "getDayOfMonth",
            "getDate",
            "getDayOfWeek",
            "getHours",
            "getMinutes",
            "getSeconds",
            "getMilliseconds",
        )
    )
}
{chr(10).join(f"duration.{name}() int" for name in ("getHours", "getMinutes", "getSeconds", "getMilliseconds"))}
"""
STRINGS = """
string.charAt(int) string
string.indexOf(string) int
string.indexOf(string, int) int
string.lastIndexOf(string) int
string.lastIndexOf(string, int) int
list(string).join() string
list(string).join(string) string
string.lowerAscii() string
string.upperAscii() string
string.replace(string, string) string
string.replace(string, string, int) string
string.split(string) list(string)
string.split(string, int) list(string)
string.substring(int) string
string.substring(int, int) string
string.trim() string
"""
LISTS = f"""
{_each("list(T).isSorted() bool", ORDERED)}
{_each("list(T).min() T", ORDERED)}
{_each("list(T).max() T", ORDERED)}
{_each("list(T).sum() T", (*NUMBERS, "duration"))}
list(A).indexOf(A) int
list(A).lastIndexOf(A) int
"""
REGEX = """
string.find(string) string
string.findAll(string) list(string)
string.findAll(string, int) list(string)
"""
URLS = f"""
url(string) {URL}
isURL(string) bool
{_each(f"{URL}.T() string", ("getScheme", "getHost", "getHostname", "getPort", "getEscapedPath"))}
{URL}.getQuery() map(string, list(string))
"""
AUTHORIZATION = f"""
{AUTHORIZER}.path(string) {_CHECKS["PathCheck"]}
{AUTHORIZER}.group(string) {_CHECKS["GroupCheck"]}
{AUTHORIZER}.serviceAccount(string, string) {AUTHORIZER}
{_CHECKS["GroupCheck"]}.resource(string) {_CHECKS["ResourceCheck"]}
{_each(f"{_CHECKS['ResourceCheck']}.T(string) {_CHECKS['ResourceCheck']}", ("subresource", "namespace", "name"))}
{_CHECKS["PathCheck"]}.check(string) {_CHECKS["Decision"]}
{_CHECKS["ResourceCheck"]}.check(string) {_CHECKS["Decision"]}
{_CHECKS["Decision"]}.allowed() bool
{_CHECKS["Decision"]}.reason() string
{_CHECKS["Decision"]}.errored() bool
{_CHECKS["Decision"]}.error() string
"""
SELECTORS = _each(
    f"{_CHECKS['ResourceCheck']}.T(string) {_CHECKS['ResourceCheck']}", ("fieldSelector", "labelSelector")
)
CROSSED = "\n".join(_crossed(f"_{sign}_") for sign in ("<", "<=", ">", ">="))
OPTIONALS = """
optional.of(A) optional(A)
optional.ofNonZeroValue(A) optional(A)
optional.none() optional(A)
optional(A).hasValue() bool
optional(A).value() A
optional(A).or(optional(A)) optional(A)
optional(A).orValue(A) A
_[?_](list(A), int) optional(A)
_[?_](optional(list(A)), int) optional(A)
_[?_](map(A, B), A) optional(B)
_[?_](optional(map(A, B)), A) optional(B)
_[_](optional(list(A)), int) optional(A)
_[_](optional(map(A, B)), A) optional(B)
"""
QUANTITIES = f"""
quantity(string) {QUANTITY}
isQuantity(string) bool
{QUANTITY}.sign() int
{QUANTITY}.isInteger() bool
{QUANTITY}.asInteger() int
{QUANTITY}.asApproximateFloat() double
{QUANTITY}.isGreaterThan({QUANTITY}) bool
{QUANTITY}.isLessThan({QUANTITY}) bool
{QUANTITY}.compareTo({QUANTITY}) int
{QUANTITY}.add({QUANTITY}) {QUANTITY}
{QUANTITY}.add(int) {QUANTITY}
{QUANTITY}.sub({QUANTITY}) {QUANTITY}
{QUANTITY}.sub(int) {QUANTITY}
"""
FORMATTING = """
string.format(list(dyn)) string
strings.quote(string) string
"""
SETS = _each("sets.T(list(A), list(A)) bool", ("contains", "equivalent", "intersects"))
ADDRESSES = f"""
ip(string) {IP}
isIP(string) bool
ip.isCanonical(string) bool
string({IP}) string
{IP}.family() int
{
    _each(
        f"{IP}.T() bool",
        ("isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast"),
    )
}
cidr(string) {CIDR}
isCIDR(string) bool
string({CIDR}) string
{_each(f"{CIDR}.containsIP(T) bool", (IP, "string"))}
{_each(f"{CIDR}.containsCIDR(T) bool", (CIDR, "string"))}
{CIDR}.ip() {IP}
{CIDR}.masked() {CIDR}
{CIDR}.prefixLength() int
"""
FORMAT_NAMES = (
    "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix",
    "dns1123SubdomainPrefix", "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime",
)  # fmt: skip
FORMATS = f"""
format.named(string) optional({FORMAT})
{FORMAT}.validate(string) optional(list(string))
{_each(f"format.T() {FORMAT}", FORMAT_NAMES)}
"""
SEMVERS = f"""
semver(string) {SEMVER}
semver(string, bool) {SEMVER}
isSemver(string) bool
isSemver(string, bool) bool
{_each(f"{SEMVER}.T() int", ("major", "minor", "patch"))}
{SEMVER}.isGreaterThan({SEMVER}) bool
{SEMVER}.isLessThan({SEMVER}) bool
{SEMVER}.compareTo({SEMVER}) int
"""
PAIRS = """
cel.@mapInsert(map(A, B), A, B) map(A, B)
cel.@mapInsert(map(A, B), map(A, B)) map(A, B)
"""
PATCHES = "jsonpatch.escapeKey(string) string"  # only where policies change things
LIBRARIES: tuple[tuple[int, str], ...] = (
    (0, STANDARD), (0, STRINGS), (0, LISTS), (0, REGEX), (0, URLS), (27, AUTHORIZATION), (28, CROSSED),
    (28, OPTIONALS), (28, QUANTITIES), (29, FORMATTING), (29, SETS), (30, ADDRESSES), (31, FORMATS), (31, SELECTORS),
    (32, PAIRS), (33, SEMVERS),
)  # fmt: skip
SPACES = ("optional", "sets", "ip", "format", "cel", "strings", "jsonpatch")  # what functions' names begin with
ANY = 99  # the version of expressions that are stored already: they may use what any version has


def _parsed(line: str) -> Overload:
    """Reads "target.function(argument, ...) result"."""
    opened, closed = _arguments(line)
    called, result = line[:opened], line[closed + 1 :]
    target, _, function = called.rpartition(".")
    member = bool(target) and target not in SPACES
    arguments = ([target] if member else []) + parts(line[opened + 1 : closed])
    return Overload(function if member else called, member, tuple(map(parsed, arguments)), parsed(result))


def _arguments(line: str) -> tuple[int, int]:
    """Returns where the parentheses of the arguments stand: the first ones at the top that a space follows."""
    depth = opened = 0
    for place, letter in enumerate(line):
        if letter == "(":
            opened = place if not depth else opened
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth and line[place + 1] == " ":
                return opened, place
    raise ValueError(line)


@cache
def overloads_of(minor: int, *, patches: bool = False) -> dict[str, tuple[Overload, ...]]:
    """Returns the functions that new expressions may call in a minor version, with the ways to call them.

    Args:
        patches: whether the expression is a mutating policy's.
    """
    texts = [text for since, text in LIBRARIES if since < minor]
    found: dict[str, tuple[Overload, ...]] = {}
    for line in "\n".join([*texts, PATCHES] if patches else texts).splitlines():
        if line.strip():
            overload = _parsed(line.strip())
            found[overload.function] = (*found.get(overload.function, ()), overload)
    return found
