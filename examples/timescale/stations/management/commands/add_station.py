from django.core.management.base import BaseCommand

from stations.models import Station


class Command(BaseCommand):
    help = "Adds a station, unless it is there, and prints its key."

    def add_arguments(self, parser):
        parser.add_argument("slug")
        parser.add_argument("name", nargs="?")

    def handle(self, *, slug, name, **options):
        station, _ = Station.objects.get_or_create(slug=slug, defaults={"name": name or slug.capitalize()})
        self.stdout.write(station.key)
