"""Tells pip what Debian's packages hold, where their names or versions would send it to the index."""

import re
from importlib.metadata import version
from pathlib import Path
from subprocess import check_output

PACKAGES = Path("/usr/lib/python3/dist-packages")


def declare(name: str, version: str) -> None:
    folder = PACKAGES / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    folder.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    folder.joinpath("INSTALLER").write_text("debian\n")


# The same modules as without "binary", which only means that libpq comes along. Here it is the system's.
declare("psycopg2-binary", version("psycopg2"))
declare("psycopg-binary", version("psycopg"))

# zoneinfo reads the system's time zones. Debian's 2026a is 2026.1 on the index.
debian = check_output(["dpkg-query", "--show", "--showformat=${Version}", "tzdata"], text=True)
declare("tzdata", f"{debian[:4]}.{ord(debian[4]) - ord('a') + 1}")

# celery[redis] asks for a redis below the one that Debian ships and tests it with.
for name in ("celery", "kombu"):
    for file in PACKAGES.glob(f"{name}-{version(name)}.*-info/*"):
        if file.name in ("METADATA", "PKG-INFO"):
            file.write_text(re.sub(r"(Requires-Dist: redis).*(; extra)", r"\1>=4.5.2\2", file.read_text()))
