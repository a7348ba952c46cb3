"""What Django runs with in this image, as one line of JSON. Argument: the module that the server loads, if it is known.

Run by `muelle check` in a container of the app. It reads, and changes nothing. SECRET_KEY never leaves it.
"""

import importlib
import json
import os
import re
import sys

MARK = "muelle-django "
PATIENCE_SECONDS = 5
PLACEHOLDER = re.compile(
    r"^django-insecure-|(?:^|[^a-z])(?:dummy|placeholder|fake|change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this)"
    r"|your|insecure|unsafe|not[-_ ](?:used|secret|a[-_ ]secret)|example|todo)(?![a-z])",
    re.IGNORECASE,
)


def main():
    folder = sys.argv[2] if len(sys.argv) > 2 else ""
    sys.path.insert(0, os.path.abspath(folder or os.getcwd()))
    load(sys.argv[1] if len(sys.argv) > 1 else "")
    print(MARK + json.dumps(describe()))


def load(module):
    """Loads the settings that serve: those that the server's own module names, else those of manage.py."""
    if module:
        importlib.import_module(module)
        return
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        with open("manage.py") as source:
            found = re.search(r"DJANGO_SETTINGS_MODULE['\"]\s*,\s*['\"]([\w.]+)", source.read())
        if found:
            os.environ["DJANGO_SETTINGS_MODULE"] = found.group(1)
    import django

    django.setup()


def describe():
    import django
    from django.conf import settings

    key = str(settings.SECRET_KEY)
    return {
        "version": django.get_version(),
        "settingsModule": os.environ.get("DJANGO_SETTINGS_MODULE", ""),
        "debug": bool(settings.DEBUG),
        "secretKey": {
            "length": len(key),
            "uniqueCharacters": len(set(key)),
            "isPlaceholder": bool(PLACEHOLDER.search(key)),
        },
        "allowedHosts": [str(host) for host in settings.ALLOWED_HOSTS],
        "sessionCookieSecure": bool(settings.SESSION_COOKIE_SECURE),
        "csrfCookieSecure": bool(settings.CSRF_COOKIE_SECURE),
        "hstsSeconds": int(settings.SECURE_HSTS_SECONDS or 0),
        "sslRedirect": bool(settings.SECURE_SSL_REDIRECT),
        "hasProxySslHeader": bool(settings.SECURE_PROXY_SSL_HEADER),
        "csrfTrustedOrigins": [str(origin) for origin in settings.CSRF_TRUSTED_ORIGINS],
        "middleware": [str(name) for name in settings.MIDDLEWARE],
        "apps": [str(name) for name in settings.INSTALLED_APPS],
        "static": {
            "url": str(settings.STATIC_URL or ""),
            "root": str(settings.STATIC_ROOT or ""),
            "backend": backend("staticfiles", "STATICFILES_STORAGE"),
        },
        "media": {
            "url": str(settings.MEDIA_URL or ""),
            "root": str(settings.MEDIA_ROOT or ""),
            "backend": backend("default", "DEFAULT_FILE_STORAGE"),
        },
        "hasFileFields": has_file_fields(),
        "emailBackend": str(settings.EMAIL_BACKEND),
        "databases": databases(),
        "gunicorn": version_of("gunicorn"),
        "messages": messages(),
        "silenced": [str(name) for name in settings.SILENCED_SYSTEM_CHECKS],
        "pending": pending(),
    }


def backend(alias, before):
    """STORAGES came with Django 4.2; until 5.1 the older settings may be there instead."""
    from django.conf import settings

    storages = getattr(settings, "STORAGES", None) or {}
    return str(storages.get(alias, {}).get("BACKEND") or getattr(settings, before, ""))


def has_file_fields():
    from django.apps import apps
    from django.db.models import FileField

    return any(isinstance(field, FileField) for model in apps.get_models() for field in model._meta.get_fields())


def version_of(name):
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def messages():
    """The same as `manage.py check --deploy`, as data."""
    from django.core import checks

    return [
        {"id": one.id or "", "level": one.level, "message": str(one.msg), "hint": str(one.hint or "")}
        for one in checks.run_checks(include_deployment_checks=True)
        if not one.is_silenced()
    ]


def databases():
    from django.db import connections

    return {alias: database(connections[alias]) for alias in connections}


def database(connection):
    """Where it is, and the server's version, or why it cannot be used. Django itself refuses a server too old for it."""
    settings = connection.settings_dict
    if connection.vendor in ("postgresql", "mysql"):
        # A firewall that swallows packets would keep this waiting for minutes.
        settings.setdefault("OPTIONS", {}).setdefault("connect_timeout", PATIENCE_SECONDS)
    found = {
        "engine": str(settings.get("ENGINE", "")),
        "host": str(settings.get("HOST") or ""),
        "port": str(settings.get("PORT") or ""),
        "version": None,
        "error": None,
    }
    try:
        connection.ensure_connection()
        found["version"] = ".".join(str(part) for part in connection.get_database_version())
    except AttributeError:
        # Until Django 4.1 a connection does not tell.
        pass
    except Exception as error:
        found["error"] = " ".join(str(error).split())
    return found


def pending():
    """Migrations that the databases do not have yet; None when one of them cannot be asked."""
    try:
        from django.db import connections
        from django.db.migrations.executor import MigrationExecutor

        found = []
        for alias in connections:
            executor = MigrationExecutor(connections[alias])
            for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
                found.append({"name": str(migration), "destructive": destructive(migration)})
        return found
    except Exception:
        return None


def destructive(migration):
    breaking = {"DeleteModel", "RemoveField", "RenameField", "RenameModel", "AlterModelTable"}
    # What a first migration of an app does meets no release that uses it.
    if migration.initial:
        return []
    return [str(one.describe()) for one in migration.operations if type(one).__name__ in breaking]


main()
