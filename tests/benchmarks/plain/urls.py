"""The plain implementation first, so that it is found at least as soon as what it is compared with."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from example_project.urls import urlpatterns as example_urls

from .views import ArticleViewSet

router = SimpleRouter()
router.register("articles", ArticleViewSet, basename="plain-article")

urlpatterns = [path("plain/", include(router.urls)), *example_urls]
