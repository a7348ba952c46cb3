from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "certificates"
    verbose_name = "Certificados"

    def ready(self):
        from certificates import signals  # noqa: F401
