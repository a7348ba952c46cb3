from django.urls import path

from problems import api

urlpatterns = [
    path("", api.index, name="api"),
    path("problems/", api.create_problem, name="create-problem"),
    path("problems/<uuid:pk>/", api.show_problem, name="show-problem"),
]
