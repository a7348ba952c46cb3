#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        # Tests must never run with the production settings.
        os.environ["DJANGO_SETTINGS_MODULE"] = "orta.settings_test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orta.settings")
    execute_from_command_line(sys.argv)
