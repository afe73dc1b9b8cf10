"""Websocket addresses of labs."""

from django.urls import URLPattern, path

from kubelab.labs.consumers import LabConsumer

websocket_urlpatterns: list[URLPattern] = [path("ws/labs/<str:public_id>/", LabConsumer.as_asgi())]
