"""kubeadm's configuration files: what they may hold, and what each command reads out of them.

Source: cmd/kubeadm/app/util/config/{common,initconfiguration,strict}.go; kubernetes.io,
reference/config-api/kubeadm-config.v1beta4.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from kubelab.cluster.file_errors import FileError
from kubelab.cluster.klog import klog
from kubelab.terminal.tools.kubeadm_call import Call

Document = dict[str, Any]
GROUP, PREFERRED, DEPRECATED = "kubeadm.k8s.io", "v1beta4", "v1beta3"
OLD = {"v1alpha1": "v1.11", "v1alpha2": "v1.12", "v1alpha3": "v1.14", "v1beta1": "v1.15", "v1beta2": "v1.22"}
COMPONENTS = ("KubeletConfiguration", "KubeProxyConfiguration")
MIGRATE = (
    "'kubeadm config migrate --old-config old-config-file --new-config new-config-file', which will write the new, "
    "similar spec using a newer API version."
)
_ANY: Document = {}  # below such a field nothing is checked
_REGISTRATION = dict.fromkeys(
    "name criSocket taints kubeletExtraArgs ignorePreflightErrors imagePullPolicy imagePullSerial".split(), _ANY
)
_COMPONENT = dict.fromkeys("extraArgs extraVolumes extraEnvs".split(), _ANY)
_TIMEOUTS = dict.fromkeys(
    "controlPlaneComponentHealthCheck kubeletHealthCheck kubernetesAPICall etcdAPICall tlsBootstrap discovery "
    "upgradeManifests".split(),
    _ANY,
)
_ENDPOINT = {"advertiseAddress": _ANY, "bindPort": _ANY}
FIELDS: dict[str, Document] = {
    "InitConfiguration": {
        **dict.fromkeys("bootstrapTokens certificateKey dryRun patches skipPhases".split(), _ANY),
        "localAPIEndpoint": _ENDPOINT,
        "nodeRegistration": _REGISTRATION,
        "timeouts": _TIMEOUTS,
    },
    "ClusterConfiguration": {
        **dict.fromkeys(
            "kubernetesVersion controlPlaneEndpoint certificatesDir imageRepository featureGates clusterName "
            "encryptionAlgorithm certificateValidityPeriod caCertificateValidityPeriod".split(),
            _ANY,
        ),
        "apiServer": {**_COMPONENT, "certSANs": _ANY},
        "controllerManager": _COMPONENT,
        "scheduler": _COMPONENT,
        "dns": dict.fromkeys("imageRepository imageTag disabled".split(), _ANY),
        "etcd": {"local": _ANY, "external": _ANY},
        "networking": dict.fromkeys("serviceSubnet podSubnet dnsDomain".split(), _ANY),
        "proxy": {"disabled": _ANY},
    },
    "JoinConfiguration": {
        **dict.fromkeys("caCertPath dryRun patches skipPhases".split(), _ANY),
        "controlPlane": {"localAPIEndpoint": _ENDPOINT, "certificateKey": _ANY},
        "discovery": {
            "bootstrapToken": dict.fromkeys(
                "token apiServerEndpoint caCertHashes unsafeSkipCAVerification".split(), _ANY
            ),
            "file": {"kubeConfigPath": _ANY},
            "tlsBootstrapToken": _ANY,
        },
        "nodeRegistration": _REGISTRATION,
        "timeouts": _TIMEOUTS,
    },
    "ResetConfiguration": {
        **dict.fromkeys(
            "cleanupTmpDir certificatesDir criSocket dryRun force ignorePreflightErrors skipPhases "
            "unmountFlags".split(),
            _ANY,
        ),
        "timeouts": _TIMEOUTS,
    },
    "UpgradeConfiguration": {**dict.fromkeys("apply diff node plan".split(), _ANY), "timeouts": _TIMEOUTS},
}
OLDER = {"apiServer": {**_COMPONENT, "certSANs": _ANY, "timeoutForControlPlane": _ANY}}  # what v1beta3 had besides


def read(call: Call, flag: str = "config") -> dict[str, Document]:
    """Returns the documents of the file that a flag names, by their kinds.

    Raises:
        Exit: it cannot be read, or holds what kubeadm does not know.
    """
    try:
        text = call.ctx.read_file(call.value(flag))
    except FileError as error:
        raise call.fail(f"open {call.value(flag)}: {error.reason.lower()}") from None
    try:
        found = [each for each in yaml.safe_load_all(text) if each is not None]
    except yaml.YAMLError as error:
        raise call.fail(f"error converting YAML to JSON: yaml: {_first_line(error)}") from None
    documents = {}
    for each in found:
        kind = str(each.get("kind", "")) if isinstance(each, dict) else ""
        if not kind or not each.get("apiVersion"):
            raise call.fail("invalid configuration for GroupVersionKind /, Kind=: kind and apiVersion is mandatory "
                            "information that must be specified")  # fmt: skip
        _check_version(call, str(each["apiVersion"]), kind)
        documents[kind] = each
    return documents


def _first_line(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}: {getattr(error, 'problem', error)}" if mark else str(error).partition("\n")[0]


def _check_version(call: Call, api_version: str, kind: str) -> None:
    group, _, version = api_version.rpartition("/")
    if group != GROUP:
        return
    if version in OLD:
        raise call.fail(
            f'your configuration file uses an old API spec: "{api_version}" (kind: "{kind}"). Please use kubeadm '
            f"{OLD[version]} instead and run {MIGRATE}"
        )
    if version not in (PREFERRED, DEPRECATED) or kind not in FIELDS:
        raise call.fail(f'no kind "{kind}" is registered for version "{api_version}" in the scheme of kubeadm')
    if version == DEPRECATED:
        text = f'your configuration file uses a deprecated API spec: "{api_version}" (kind: "{kind}"). Please use '
        warning = klog(call.ctx.now, f"common.go:101] {text}{MIGRATE}", 4127)
        call.ctx.error(f"W{warning[1:]}\n")


def unknown_fields(document: Document) -> list[str]:
    """Returns the fields that a document of kubeadm's own should not have, as paths: "networking.podCIDR"."""
    known = FIELDS.get(document["kind"])
    if known is None:
        return []
    if str(document["apiVersion"]).endswith(DEPRECATED):
        known = {**known, **OLDER}
    return list(_unknown({name: each for name, each in document.items() if name not in ("apiVersion", "kind")}, known))


def _unknown(found: Document, known: Document, path: str = "") -> Iterator[str]:
    for name, value in found.items():
        if name not in known:
            yield path + name
        elif known[name] and isinstance(value, dict):
            yield from _unknown(value, known[name], f"{path}{name}.")


def strictly(document: Document) -> str:
    """Returns what strict reading says of a document, "" where nothing is wrong."""
    wrong = unknown_fields(document)
    if not wrong:
        return ""
    group, _, version = str(document["apiVersion"]).rpartition("/")
    what = f'schema.GroupVersionKind{{Group:"{group}", Version:"{version}", Kind:"{document["kind"]}"}}'
    listed = ", ".join(f'unknown field "{path}"' for path in wrong)
    return f"error unmarshaling configuration {what}: strict decoding error: {listed}"


def migrated(document: Document) -> Document:
    """Returns a document of kubeadm's own in the version that it prefers."""
    if document["kind"] not in FIELDS or not str(document["apiVersion"]).endswith(DEPRECATED):
        return document
    return {**_with_listed_args(document), "apiVersion": f"{GROUP}/{PREFERRED}"}


def _with_listed_args(value: Any) -> Any:
    """Arguments that were a map are a list since v1beta4: a flag may stand in it more than once."""
    if isinstance(value, list):
        return [_with_listed_args(each) for each in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, each in value.items():
        if name in ("extraArgs", "kubeletExtraArgs") and isinstance(each, dict):
            made[name] = [{"name": flag, "value": str(said)} for flag, said in sorted(each.items())]
        elif name != "timeoutForControlPlane":
            made[name] = _with_listed_args(each)
    return made
