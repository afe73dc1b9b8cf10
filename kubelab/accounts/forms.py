"""Sign-up, log-in and profile forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm

from kubelab.accounts import tries
from kubelab.accounts.models import User

EMAIL_HELP = "Optional: for a link when you forget your password, or to your place on a class's list."


def email_field() -> forms.EmailField:
    typed = forms.EmailInput(attrs={"autocomplete": "email"})
    return forms.EmailField(label="E-mail address", required=False, help_text=EMAIL_HELP, widget=typed)


class SignUpForm(BaseUserCreationForm):
    """Makes a member: a new row, or the guest's own row when `instance` is one."""

    email = email_field()

    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password2"].label = "The password again"
        self.fields["password2"].help_text = ""

    def save(self, commit: bool = True) -> User:
        self.instance.is_guest = False
        return super().save(commit)


class LogInForm(AuthenticationForm):
    """Name or e-mail address and password; refuses for a while after too many wrong ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "Name or e-mail address"

    def clean(self) -> dict[str, Any]:
        name, address = self.cleaned_data.get("username", ""), self.request.META.get("REMOTE_ADDR", "")
        if tries.too_many(name, address):
            raise forms.ValidationError(f"Too many wrong passwords. Try again in {tries.MINUTES} minutes.")
        try:
            return super().clean()
        except forms.ValidationError:
            tries.count(name, address)
            raise


class ProfileForm(forms.ModelForm):
    email = email_field()

    class Meta:
        model = User
        fields = ("username", "email")
