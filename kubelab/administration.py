"""Which admin Django shall use: that of `admin`. On its own, because it is read before there are models."""

from django.contrib.admin import apps


class AdminConfig(apps.AdminConfig):
    default_site = "kubelab.admin.Admin"
