"""Websocket addresses of classes."""

from django.urls import URLPattern, path

from kubelab.classroom.consumers import BoardConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/classes/<slug:public_id>/board/<int:number>/", BoardConsumer.as_asgi()),
]
