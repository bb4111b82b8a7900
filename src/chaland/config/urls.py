"""Every address of the site: the API, the probes, and the screens that the rooms bring."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chaland.config import probes, rooms

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/console/"), name="home"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
    path("language/", include("django.conf.urls.i18n")),
]
for _room, _module in rooms.modules("urls"):
    urlpatterns.extend(_module.urlpatterns)
