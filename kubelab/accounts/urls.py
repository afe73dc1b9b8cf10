"""Addresses of an account's pages, below /account/."""

from django.contrib.auth import views as auth
from django.urls import path

from kubelab.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("sign-up/", views.sign_up, name="sign-up"),
    path("log-in/", views.LogIn.as_view(), name="login"),
    path("log-out/", auth.LogoutView.as_view(), name="logout"),
    path("export/", views.export, name="export-account"),
    path("delete/", views.delete, name="delete-account"),
    path("password/", views.ChangePassword.as_view(), name="password_change"),
    path("password/reset/", views.ResetPassword.as_view(), name="password_reset"),
    path("password/reset/sent/", views.ResetSent.as_view(), name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", views.ResetConfirm.as_view(), name="password_reset_confirm"),
]
