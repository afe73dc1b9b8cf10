"""The language of sed: scripts are read by script.py and run by editor.py. Source: GNU sed, POSIX sed."""
