from django.urls import path

from stations import api, views

urlpatterns = [
    path("", views.index, name="index"),
    path("stations/<slug:slug>/", views.station, name="station"),
    path("api/stations/<slug:slug>/readings/", api.create_reading, name="create-reading"),
    path("api/stations/<slug:slug>/hourly/", api.hourly, name="hourly"),
]
