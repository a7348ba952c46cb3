from django.contrib import admin

from stations.models import Reading, Station

admin.site.site_header = admin.site.site_title = "Estaciones"


@admin.register(Station)
class StationAdmin(admin.ModelAdmin):
    list_display = ["name", "slug"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ["key"]


@admin.register(Reading)
class ReadingAdmin(admin.ModelAdmin):
    list_display = ["station", "time", "temperature", "humidity"]
    list_filter = ["station"]
    list_select_related = ["station"]
    date_hierarchy = "time"
    # Counting a whole hypertable for each page would read every chunk.
    show_full_result_count = False
