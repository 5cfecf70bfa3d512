"""The addresses of a project whose admin begins in the newsroom."""

from django.contrib import admin
from django.urls import path

from cms_news.admin_site import NewsroomSite

site = NewsroomSite(name="admin")
for model, screen in admin.site._registry.items():
    site.register(model, type(screen))

urlpatterns = [path("desk/", site.urls)]
