"""Tells pip what Debian's packages hold, where their names or bounds would send it to the index."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import check_output

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PACKAGES = Path("/usr/lib/python3/dist-packages")


def declare(name: str, version: str) -> None:
    folder = PACKAGES / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    folder.joinpath("METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    folder.joinpath("INSTALLER").write_text("debian\n")


def loosen(line: str) -> str:
    """Drops the bounds of a requirement that Debian's version of it is outside of."""
    if not line.startswith("Requires-Dist:"):
        return line
    requirement = Requirement(line.partition(":")[2])
    try:
        if requirement.specifier.contains(version(requirement.name)):
            return line
    except PackageNotFoundError:
        return line
    requirement.specifier = SpecifierSet()
    return f"Requires-Dist: {requirement}"


# The same modules as without "binary", which only means that libpq comes along. Here it is the system's.
declare("psycopg2-binary", version("psycopg2"))
declare("psycopg-binary", version("psycopg"))

# zoneinfo reads the system's time zones. Debian's 2026a is 2026.1 on the index.
debian = check_output(["dpkg-query", "--show", "--showformat=${Version}", "tzdata"], text=True)
declare("tzdata", f"{debian[:4]}.{ord(debian[4]) - ord('a') + 1}")

# Debian tests its packages against each other, also where an author had put an upper bound.
for file in PACKAGES.glob("*-info/*"):
    if file.name in ("METADATA", "PKG-INFO"):
        text = file.read_text()
        loosened = "\n".join(map(loosen, text.split("\n")))
        if loosened != text:
            file.write_text(loosened)
            print("loosened:", file)
