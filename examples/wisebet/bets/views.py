from rest_framework import mixins, viewsets
from rest_framework.permissions import AllowAny

from bets.models import Bet, Event
from bets.serializers import BetSerializer, EventSerializer


class EventViewSet(viewsets.ReadOnlyModelViewSet):
    """Matches that can be bet on."""

    permission_classes = [AllowAny]
    serializer_class = EventSerializer

    def get_queryset(self):
        return Event.objects.open()


class BetViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The caller's own bets. Once placed, a bet is neither changed nor taken back."""

    queryset = Bet.objects.none()
    serializer_class = BetSerializer

    def get_queryset(self):
        if not self.request:  # The schema is generated without a caller.
            return Bet.objects.none()
        return Bet.objects.filter(user=self.request.user).select_related("event")
