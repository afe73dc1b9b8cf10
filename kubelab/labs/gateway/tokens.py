"""Who asks: the bearer token of a cluster's administrator, or one of a ServiceAccount.

The administrator's names the lab and follows from the site's secret key, the lab's public id and a number: nothing
secret is stored, and the next number renews it. A ServiceAccount's is what the cluster issued, while account and time
allow.
Source: kubernetes.io, reference/access-authn-authz/authentication.
"""

import base64

from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from kubelab.cluster.api.authentication import token_user
from kubelab.cluster.api.errors import Unauthorized
from kubelab.cluster.cluster import Cluster
from kubelab.cluster.user import ADMIN, User
from kubelab.labs.models import Lab

SALT = "kubelab.labs.gateway.tokens"


def admin_token(lab: Lab) -> str:
    """Return the token with which a client is the cluster's administrator."""
    secret = salted_hmac(SALT, f"{lab.public_id} {lab.token_number}", algorithm="sha256").digest()
    return f"{lab.public_id}.{base64.urlsafe_b64encode(secret).decode().rstrip('=')}"


def lab_of(token: str) -> str:
    """Return the public id that an administrator's token names; "" for other tokens. It proves nothing."""
    return token.partition(".")[0] if token.count(".") == 1 else ""


def renew(lab: Lab) -> None:
    """Make the token that was given out so far worthless."""
    Lab.objects.filter(pk=lab.pk).update(token_number=F("token_number") + 1)
    lab.refresh_from_db(fields=["token_number"])


def is_admins(lab: Lab, token: str) -> bool:
    """Tell whether it is the administrator's token."""
    return constant_time_compare(token, admin_token(lab))


def could_be_an_accounts(token: str) -> bool:
    """Tell whether a token has the form that ServiceAccounts' have; only the cluster knows whether it is one."""
    return token.count(".") == 2


def user_of(lab: Lab, cluster: Cluster, token: str) -> User | None:
    """Return whom a token is of; None: of nobody that this cluster knows."""
    if is_admins(lab, token):
        return ADMIN
    try:
        return token_user(cluster.api, token)
    except Unauthorized:
        return None
