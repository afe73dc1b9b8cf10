#!/usr/bin/env python
"""KubeLab's command line: `manage.py lab` serves the site, `manage.py help` lists the rest."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kubelab.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ProgrammingError) as error:
        if not any(words in str(error) for words in ("no such table", "does not exist")):
            raise
        sys.exit("The database has no tables yet, or older ones. Run: make setup")


if __name__ == "__main__":
    main()
