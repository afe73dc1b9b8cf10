"""The site's settings as the tests want them: files of their own, nothing slow, nothing sent."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "KUBELAB_TESTS_DATA" not in os.environ:  # pytest-xdist's workers inherit the first process's folder
    os.environ["KUBELAB_TESTS_DATA"] = tempfile.mkdtemp(prefix="kubelab-tests-")
    atexit.register(shutil.rmtree, os.environ["KUBELAB_TESTS_DATA"], ignore_errors=True)
os.environ["KUBELAB_DATA"] = os.environ["KUBELAB_TESTS_DATA"]

from kubelab.settings import *  # noqa: F403
from kubelab.settings import DATA_DIR, DATABASES, MIDDLEWARE, STORAGES

PREPARE: list[str] = []
SECRET_KEY = "only for tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # the live server serves the source tree

# A file: the live server's threads would not see each other's rows in a database kept in memory.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
