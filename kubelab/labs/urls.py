"""Addresses of labs."""

from django.urls import URLPattern, path

from kubelab.labs import views

urlpatterns: list[URLPattern] = [
    path("playground/", views.playground, name="playground"),
    path("schemas/<str:minor>.json", views.schemas, name="schemas"),
    path("labs/<str:public_id>/moments/", views.moments, name="moments"),
    path("labs/<str:public_id>/moments/<int:revision>/", views.moment, name="moment"),
]
