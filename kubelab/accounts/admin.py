"""Accounts in Django's admin: who they are, and whether they may make classes."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from kubelab.accounts.models import User


@admin.register(User)
class Accounts(UserAdmin):
    list_display = ("username", "email", "is_instructor", "is_guest", "is_staff", "last_login")
    list_filter = ("is_instructor", "is_guest", "is_staff", "is_active")
    list_editable = ("is_instructor",)
    search_fields = ("username", "email")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "email")}),
        ("What they may do", {"fields": ("is_instructor", "is_active", "is_staff", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
