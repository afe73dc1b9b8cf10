"""Addresses of labs."""

from django.urls import URLPattern, path

from kubelab.labs import breaking, views
from kubelab.labs.explaining import views as explaining
from kubelab.labs.gateway import views as gateway

urlpatterns: list[URLPattern] = [
    path("playground/", views.playground, name="playground"),
    path("schemas/<str:minor>.json", views.schemas, name="schemas"),
    path("labs/<str:public_id>/moments/", views.moments, name="moments"),
    path("labs/<str:public_id>/moments/<int:revision>/", views.moment, name="moment"),
    path("labs/<str:public_id>/pods/<str:namespace>/<str:name>/placement/", explaining.placement, name="placement"),
    path("labs/<str:public_id>/reach/", explaining.reach, name="reach"),
    path("labs/<str:public_id>/way/", explaining.way, name="way"),
    path("labs/<str:public_id>/faults/", breaking.faults, name="faults"),
    path("labs/<str:public_id>/kubectl/", gateway.own_kubectl, name="own-kubectl"),
    path("labs/<str:public_id>/kubeconfig/", gateway.download, name="kubeconfig"),
]
