"""The addresses of the tests' site."""

from django.urls import include, path

urlpatterns = [path("omnibus/", include("omnibus.urls"))]
