"""The addresses of the newsroom."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from . import views

urlpatterns = [
    path("", views.page),
    path("announce/", views.announce),
    path("login/", LoginView.as_view(template_name="login.html")),
    path("logout/", LogoutView.as_view()),
    path("admin/", admin.site.urls),
]
