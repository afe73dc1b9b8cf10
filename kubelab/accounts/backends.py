"""Logging in by name or by e-mail address, in whatever case it is typed."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from kubelab.accounts.models import User


class NameOrEmail(ModelBackend):
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if not username or password is None:
            return None
        by = "email__iexact" if "@" in username else "username__iexact"
        user = User.objects.filter(**{by: username}).first()
        if user is None:
            User().set_password(password)  # takes as long as a wrong password, so that names cannot be guessed
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
