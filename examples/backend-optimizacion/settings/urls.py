from django.contrib import admin
from django.urls import include, path

from settings.health import health

urlpatterns = [
    path("api/", include("problems.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]
