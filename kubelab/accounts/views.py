"""The pages of an account: sign up (or keep a guest's work), log in, change it, forget it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kubelab.accounts import export as exporting
from kubelab.accounts.forms import LogInForm, ProfileForm, SignUpForm
from kubelab.accounts.guests import BACKEND, guest_of, join
from kubelab.accounts.models import User
from kubelab.accounts.ties import ties_of


def next_page(request: HttpRequest) -> str:
    """Where the learner was going before they signed up; only an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if ours else resolve_url("account")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """A guest's own row becomes the account, so all they have stays where it is."""
    if request.user.is_authenticated and not guest_of(request):
        return redirect("account")
    guest = guest_of(request)
    # A row of its own: what is typed goes into it before it is valid, and the page's head shows the guest.
    row = User.objects.get(pk=guest.pk) if guest else None
    form = SignUpForm(request.POST or None, instance=row, initial={"username": ""})
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend=BACKEND)
        messages.success(request, "Your account is ready. Everything you have built is in it.")
        return redirect(next_page(request))
    return render(request, "accounts/sign_up.html", {"form": form, "next": next_page(request)})


class LogIn(views.LoginView):
    """A guest who logs in takes along what they have built."""

    template_name = "accounts/log_in.html"
    authentication_form = LogInForm

    def form_valid(self, form: Any) -> HttpResponse:
        guest, account = guest_of(self.request), form.get_user()
        login(self.request, account)
        if guest is not None:
            join(guest, account)
        return redirect(self.get_success_url())


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    if guest_of(request):
        return render(request, "accounts/guest.html")
    user = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    return render(request, "accounts/account.html", {"form": form, "ties": ties_of(user)})


@login_required
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    if request.POST.get("sure") != "yes":
        return redirect("account")
    user = User.objects.get(pk=request.user.pk)
    if ties_of(user):
        messages.error(request, "Nothing was deleted: see below what has to be settled first.")
        return redirect("account")
    logout(request)
    user.delete()
    messages.success(request, "Your account and everything in it is gone.")
    return redirect("home")


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is kept of the visitor, as a file. A POST: no other page can make a browser fetch it."""
    user = User.objects.get(pk=request.user.pk)
    name = f"kubelab-{user.username}-{timezone.now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(exporting.export(user), content_type="application/zip", headers=headers)


class ChangePassword(views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        update_session_auth_hash(self.request, form.save())
        messages.success(self.request, "Your password is changed.")
        return redirect(self.get_success_url())


class ResetPassword(views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"


class ResetSent(views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


class ResetConfirm(views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("account")
    post_reset_login = True
    post_reset_login_backend = BACKEND

    def form_valid(self, form: Any) -> HttpResponse:
        guest = guest_of(self.request)
        response = super().form_valid(form)  # logs in, and so forgets the guest's cookie
        if guest is not None:
            join(guest, form.user)
        return response
