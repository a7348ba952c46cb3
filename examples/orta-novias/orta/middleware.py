from django.conf import settings


class VersionHeader:
    """Says on every response which release answered, so that a switch can be followed from outside."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-App-Version"] = settings.APP_VERSION
        return response
