#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        # Tests must never run with the production settings.
        os.environ["DJANGO_SETTINGS_MODULE"] = "wisebet.settings_test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wisebet.settings")
    execute_from_command_line(sys.argv)
