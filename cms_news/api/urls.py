"""Mount with `path("api/v1/", include("cms_news.api.urls"))`."""

from django.urls import re_path
from django.views.decorators.common import no_append_slash

from .endpoints import read_endpoints
from .schema.views import endpoints as schema_endpoints
from .views import UnknownPathView

app_name = "cms_news_api"

endpoints = [*read_endpoints, *schema_endpoints]
urlpatterns = [
    *endpoints,
    # Of what is not there the API speaks as of all the rest. Last; "" is found in every path.
    re_path("", no_append_slash(UnknownPathView.as_view())),
]
