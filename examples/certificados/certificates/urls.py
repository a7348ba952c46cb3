from django.urls import path

from certificates import api, views

urlpatterns = [
    path("", views.index, name="index"),
    path("issue/", views.issue, name="issue"),
    path("verify/", views.verify, name="verify"),
    path("verify/<slug:code>/", views.verify_code, name="verify-code"),
    path("api/verifications/", api.create_verification, name="create-verification"),
]
