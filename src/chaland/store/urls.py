"""The store app's addresses."""

from django.urls import include, path

from chaland.store import counting, views

_screens = [
    path("", views.shops, name="shops"),
    path("<str:code>/", views.work, name="work"),
    path("<str:code>/accept-all/", views.accept_all, name="accept_all"),
    path("<str:code>/code/", views.find_code, name="find_code"),
    path("<str:code>/counts/", counting.counts, name="counts"),
    path("<str:code>/counts/begin/", counting.begin, name="begin_count"),
    path("<str:code>/counts/<str:count_id>/", counting.count, name="count"),
    path("<str:code>/counts/<str:count_id>/scans/", counting.scans, name="scans"),
    path("<str:code>/counts/<str:count_id>/finish/", counting.finish, name="finish_count"),
    path("<str:code>/<str:fulfilment_id>/", views.job, name="job"),
    path("<str:code>/<str:fulfilment_id>/<str:action>/", views.act, name="act"),
]

urlpatterns = [path("store/", include((_screens, "store")))]
