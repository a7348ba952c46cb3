from django.urls import path
from rest_framework.routers import SimpleRouter

from shop.views import AppointmentViewSet, dresses

router = SimpleRouter()
router.register("appointments", AppointmentViewSet)

urlpatterns = [path("dresses/", dresses, name="dresses"), *router.urls]
