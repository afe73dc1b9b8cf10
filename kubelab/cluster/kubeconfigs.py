"""Kubeconfigs as kubeadm writes them. Source: cmd/kubeadm/app/phases/kubeconfig; client-go, tools/clientcmd/api."""

from __future__ import annotations

import base64

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
current-context: {user}@kubernetes
kind: Config
{preferences}users:
- name: {user}
  user:
    {certificate}
    {key}
"""


def kubeconfig(
    server: str,
    authority: str,
    user: str,
    *,
    client: str = "",
    client_key: str = "",
    client_file: str = "",
    preferences: bool = True,
) -> str:
    """Returns a kubeconfig's text.

    Args:
        server: the API server's address, a host name or IP.
        authority: the certificate of the cluster's authority, PEM.
        user: how its only user is called.
        client, client_key: the user's certificate and key, PEM.
        client_file: the file that holds both instead.
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
    )


def packed(text: str) -> str:
    """Returns a text as the fields whose names end in -data hold it."""
    return base64.b64encode(text.encode()).decode()
