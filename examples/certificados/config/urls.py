from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path

from config.health import health

urlpatterns = [
    path("", include("certificates.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
]

# In production the gateway serves these files; both calls add nothing unless DEBUG is on.
urlpatterns += staticfiles_urlpatterns()
urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
