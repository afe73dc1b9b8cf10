"""Sign-up, log-in and profile forms."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm

from kubelab.accounts.models import User


class SignUpForm(BaseUserCreationForm):
    """Makes a member: a new row, or the guest's own row when `instance` is one."""

    email = forms.EmailField(
        label="E-mail address",
        required=False,
        help_text="Optional. Only used to send you a link when you forget your password.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name"
        self.fields["username"].help_text = "Up to 150 letters, digits and @ . + - _"

    def save(self, commit: bool = True) -> User:
        self.instance.is_guest = False
        return super().save(commit)


class LogInForm(AuthenticationForm):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name or e-mail address"


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("username", "email")
