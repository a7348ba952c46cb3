from django.contrib import admin

from problems.models import Problem

admin.site.site_header = admin.site.site_title = "Backend-Optimizacion"


@admin.register(Problem)
class ProblemAdmin(admin.ModelAdmin):
    list_display = ["id", "capacity", "status", "value", "created"]
    list_filter = ["status"]
    date_hierarchy = "created"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
