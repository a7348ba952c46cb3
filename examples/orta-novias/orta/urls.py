from django.contrib import admin
from django.urls import include, path

from orta.health import health

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("shop.urls")),
    path("health/", health, name="health"),
]
