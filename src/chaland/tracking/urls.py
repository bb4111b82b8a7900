"""The tracking page's addresses."""

from django.urls import include, path

from chaland.tracking import views

_screens = [
    path("<str:token>/", views.order, name="order"),
    path("<str:token>/cancel/", views.cancel, name="cancel"),
]

urlpatterns = [path("t/", include((_screens, "tracking")))]
