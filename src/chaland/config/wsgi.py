"""The WSGI application that the server loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from chaland.config.parent import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaland.config.settings")

application = get_wsgi_application()
# Find every route now, not in the time of the first who asks.
get_resolver().url_patterns  # noqa: B018  reading it is what loads the addresses
end_with_parent()
