"""Every address of the site: the API, the probes, and the screens that the rooms bring."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chaland.config import openapi, probes, rooms
from chaland.config.api import API_ROOT, build_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(url="/console/"), name="home"),
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
    path("api/docs", openapi.docs, name="api-docs"),
    path(f"{API_ROOT}openapi.json", openapi.openapi_json, name="openapi-json"),
    path(API_ROOT, build_api().urls),
    path("language/", include("django.conf.urls.i18n")),
]
for _room, _module in rooms.modules("urls"):
    urlpatterns.extend(_module.urlpatterns)
