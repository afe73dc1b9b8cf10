"""Websocket addresses of labs."""

from django.urls import URLPattern, path

from kubelab.labs.consumers import LabConsumer, LookConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/labs/<str:public_id>/", LabConsumer.as_asgi()),
    path("ws/labs/<str:public_id>/look/", LookConsumer.as_asgi()),
]
