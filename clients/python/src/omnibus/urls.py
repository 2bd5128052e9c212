"""Where are the views: ``path("omnibus/", include("omnibus.urls"))``."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "omnibus"
urlpatterns = [
    path("hooks/", views.hooks, name="hooks"),
    path("token/", views.token, name="token"),
]
