"""The language of awk: read by parser.py, run by interpreter.py. Sources: POSIX awk, mawk(1)."""
