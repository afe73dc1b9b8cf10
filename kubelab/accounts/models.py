"""Who learns here. A guest is a row like any other, without a password: becoming a member changes that same row,
so nothing that hangs on it is ever copied."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string

GUEST_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
LONGEST_NAME = 40


class LearnerManager(UserManager["User"]):
    def create_guest(self) -> "User":
        """Return a new account that only the cookie of the browser at hand opens."""
        guest = self.model(username=f"guest-{get_random_string(10, GUEST_LETTERS)}", is_guest=True)
        guest.set_unusable_password()
        guest.save()
        return guest


class User(AbstractUser):
    """A learner, guest or member."""

    username = models.CharField(
        "name",
        max_length=LONGEST_NAME,
        unique=True,
        # No @: whoever logs in types either their name or their e-mail address.
        validators=[RegexValidator(r"^[\w.+-]+\Z", "Letters, digits and . + - _ only, please.")],
        help_text=f"Up to {LONGEST_NAME} letters, digits and . + - _",
        error_messages={"unique": "That name is taken."},
    )
    is_guest = models.BooleanField(default=False)
    is_instructor = models.BooleanField("instructor", default=False, help_text="May make classes of their own.")

    objects = LearnerManager()
    not_exported = ("password",)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="name_in_any_case", violation_error_message="That name is taken."
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="email_in_any_case",
                condition=~models.Q(email=""),
                violation_error_message="There is an account with that e-mail address already.",
            ),
        ]

    def __str__(self) -> str:
        return "Guest" if self.is_guest else self.username
