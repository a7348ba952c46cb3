from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

from config.health import health

urlpatterns = [
    path("", include("stations.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]

# In production the gateway serves these files; this adds nothing unless DEBUG is on.
urlpatterns += staticfiles_urlpatterns()
