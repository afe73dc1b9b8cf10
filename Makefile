# make run    the site, at http://HOST:PORT/ (127.0.0.1, 8000)
# make test   all tests            make lint   all checks of the code
# make setup  what `make run` needs, without running it
#
# Everything is made once and again only when what it comes from has changed; the files' dates tell.

# Compiled code is kept, whatever the surroundings say: it is half of what a process takes to start.
export PYTHONDONTWRITEBYTECODE :=
export HOST ?= 127.0.0.1
export PORT ?= 8000

# The first Python that is new enough. To choose one: make PYTHON=/path/to/python3
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv/bin/python
NPM := $(VENV) scripts/npm.py

BUNDLED := $(shell find frontend -type f -not -path '*/tests/*' 2>/dev/null)
SERVED := $(shell find static -type f 2>/dev/null)

.PHONY: run setup test lint format clean
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

run: setup
	@exec $(VENV) manage.py lab

setup: .venv/runtime.stamp var/static/staticfiles.json
	@$(VENV) manage.py migrate --no-input --verbosity 0

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "KubeLab needs Python 3.11 or newer; none was found." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	$(VENV) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	$(VENV) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/runtime.stamp

node_modules/.package-lock.json: package.json package-lock.json .npmrc scripts/npm.py | .venv/runtime.stamp
	$(NPM) ci --ignore-scripts --no-progress --loglevel=error
	@touch $@

static/dist/app.js: node_modules/.package-lock.json $(BUNDLED)
	$(NPM) run --silent build
	@touch $@

# Served files get their content's hash into their names, and are compressed beforehand.
var/static/staticfiles.json: static/dist/app.js $(SERVED) | .venv/runtime.stamp
	$(VENV) manage.py collectstatic --no-input --verbosity 0
	@touch $@

test: .venv/dev.stamp static/dist/app.js
	$(NPM) run --silent test
	$(VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q

lint: .venv/dev.stamp node_modules/.package-lock.json
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/djlint --lint --quiet templates
	$(NPM) run --silent lint
	$(VENV) manage.py check
	$(VENV) manage.py makemigrations --check --dry-run

format: .venv/dev.stamp
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

clean:
	rm -rf .venv node_modules static/dist var/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
