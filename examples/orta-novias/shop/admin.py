from django.contrib import admin

from shop.catalogue import refresh
from shop.models import Appointment, Dress

admin.site.site_header = admin.site.site_title = "Orta Novias"


@admin.register(Dress)
class DressAdmin(admin.ModelAdmin):
    list_display = ["name", "price", "is_listed"]
    list_filter = ["is_listed"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, *args):
        super().save_model(*args)
        refresh()


@admin.register(Appointment)
class AppointmentAdmin(admin.ModelAdmin):
    list_display = ["name", "dress", "date", "confirmed"]
    list_select_related = ["dress"]
    search_fields = ["name", "email"]
    date_hierarchy = "date"
