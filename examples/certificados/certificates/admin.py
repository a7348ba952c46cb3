from django.contrib import admin

from certificates.models import Certificate, Verification

admin.site.site_header = admin.site.site_title = "Certificados"


class NeverChanged:
    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Certificate)
class CertificateAdmin(NeverChanged, admin.ModelAdmin):
    list_display = ["code", "holder", "course", "issued_on"]
    list_filter = ["course"]
    search_fields = ["code", "holder", "course"]
    date_hierarchy = "issued_on"


@admin.register(Verification)
class VerificationAdmin(NeverChanged, admin.ModelAdmin):
    list_display = ["code", "certificate", "created"]
    list_select_related = ["certificate"]
    search_fields = ["code"]

    def has_add_permission(self, request):
        return False
