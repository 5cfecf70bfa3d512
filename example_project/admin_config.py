"""The admin of the newspaper: Django's own, but whoever signs in begins in the newsroom."""

from django.contrib.admin.apps import AdminConfig


class NewspaperAdminConfig(AdminConfig):
    default_site = "cms_news.admin_site.NewsroomSite"
