"""Kubeconfigs as kubeadm writes them. Source: cmd/kubeadm/app/phases/kubeconfig; client-go, tools/clientcmd/api."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

TEMPLATE = """apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: {server}
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: {user}
  name: {user}@kubernetes
{more_contexts}current-context: {user}@kubernetes
kind: Config
{preferences}users:
- name: {user}
  user:
    {certificate}
    {key}
{more_users}"""
CONTEXT = """- context:
    cluster: kubernetes
{namespace}    user: {user}
  name: {user}@kubernetes
"""
USER = """- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"""


class Further(NamedTuple):
    """Somebody else who may use a kubeconfig.

    Args:
        user: its name.
        certificate, key: of the user, PEM.
        namespace: that of its context, "" for none.
    """

    user: str
    certificate: str
    key: str
    namespace: str = ""


def kubeconfig(
    server: str,
    authority: str,
    user: str,
    *,
    client: str = "",
    client_key: str = "",
    client_file: str = "",
    preferences: bool = True,
    people: Sequence[Further] = (),
) -> str:
    """Returns a kubeconfig's text.

    Args:
        server: the API server's address, a host name or IP.
        authority: the certificate of the cluster's authority, PEM.
        user: how its only user is called.
        client, client_key: the user's certificate and key, PEM.
        client_file: the file that holds both instead.
        people: further users, each with a context.
        preferences: it has an empty `preferences`, as client-go wrote it until v1.34.
    """
    if client_file:
        certificate, key = f"client-certificate: {client_file}", f"client-key: {client_file}"
    else:
        certificate, key = f"client-certificate-data: {packed(client)}", f"client-key-data: {packed(client_key)}"
    return TEMPLATE.format(
        authority=packed(authority),
        server=f"https://{server}:6443",
        user=user,
        certificate=certificate,
        key=key,
        preferences="preferences: {}\n" if preferences else "",
        more_contexts="".join(
            CONTEXT.format(user=each.user, namespace=f"    namespace: {each.namespace}\n" if each.namespace else "")
            for each in people
        ),
        more_users="".join(
            USER.format(user=each.user, certificate=packed(each.certificate), key=packed(each.key)) for each in people
        ),
    )


def packed(text: str) -> str:
    """Returns a text as the fields whose names end in -data hold it."""
    return base64.b64encode(text.encode()).decode()
