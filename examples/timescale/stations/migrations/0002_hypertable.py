from django.db import migrations

# The extension is there in the official image; elsewhere this makes it, or says that it is missing.
FORWARDS = """
    CREATE EXTENSION IF NOT EXISTS timescaledb;
    ALTER TABLE stations_reading DROP CONSTRAINT stations_reading_pkey;
    ALTER TABLE stations_reading ADD PRIMARY KEY (id, time);
    SELECT create_hypertable('stations_reading', 'time', chunk_time_interval => INTERVAL '7 days');
"""


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]

    # There is no way back from a hypertable but to copy it, so none is offered.
    operations = [migrations.RunSQL(FORWARDS)]
