"""Every address of the example: the front page, the admin, the API and the language switch."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path

from example_project.views import FrontPageView

urlpatterns = [
    path("", FrontPageView.as_view(), name="front_page"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("cms_news.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT),
]
