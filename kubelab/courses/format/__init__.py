"""The lesson format: a folder of Markdown read into plain values, mistakes named with file and line.

What an author may write is told in docs/lessons.md. Nothing here knows of learners, pages or the database.
"""
