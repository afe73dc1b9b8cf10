"""Websocket addresses of labs."""

from django.urls import URLPattern

websocket_urlpatterns: list[URLPattern] = []
