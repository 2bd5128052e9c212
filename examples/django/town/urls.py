"""Which pages are there: all of them templates, and the chat for those who have logged in."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [
    path("", TemplateView.as_view(template_name="index.html"), name="index"),
    path("mice/", TemplateView.as_view(template_name="mice.html"), name="mice"),
    path("files/", TemplateView.as_view(template_name="files.html"), name="files"),
    path("map/", TemplateView.as_view(template_name="map.html"), name="map"),
    path("chat/", login_required(TemplateView.as_view(template_name="chat.html")), name="chat"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
