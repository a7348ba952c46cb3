from django.contrib import admin

from bets.models import Bet, Event

admin.site.site_header = admin.site.site_title = "WiseBet"


@admin.register(Event)
class EventAdmin(admin.ModelAdmin):
    list_display = ["__str__", "starts_at", "odds_home", "odds_draw", "odds_away", "result"]
    list_filter = ["result"]
    search_fields = ["home", "away"]
    date_hierarchy = "starts_at"


@admin.register(Bet)
class BetAdmin(admin.ModelAdmin):
    list_display = ["id", "user", "event", "pick", "stake", "odds", "payout"]
    list_select_related = ["user", "event"]
    search_fields = ["user__username", "event__home", "event__away"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
