from rest_framework import serializers

from bets.models import Bet, Event


class EventSerializer(serializers.ModelSerializer):
    class Meta:
        model = Event
        fields = ["id", "home", "away", "starts_at", "odds_home", "odds_draw", "odds_away", "result"]


class BetSerializer(serializers.ModelSerializer):
    event = serializers.PrimaryKeyRelatedField(queryset=Event.objects.all())
    payout = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True, allow_null=True)

    class Meta:
        model = Bet
        fields = ["id", "event", "pick", "stake", "odds", "payout", "created"]
        read_only_fields = ["odds"]

    def validate_event(self, event):
        if not Event.objects.open().filter(pk=event.pk).exists():
            raise serializers.ValidationError("El partido ya ha comenzado.")
        return event

    def create(self, validated):
        odds = validated["event"].odds(validated["pick"])
        return Bet.objects.create(user=self.context["request"].user, odds=odds, **validated)
