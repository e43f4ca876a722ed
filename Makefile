# The door to mlsysim. Each command does its own set-up, with Python 3.11+, make and a package index.
#
#   make lab            the labs, in a browser on this machine
#   make run            the scorecard of tests/example_cluster.yaml
#   make test           format, lint, types, import contracts, tests, and the core's tests in Pyodide where Node is present
#   make test-pyodide   the core's tests in Pyodide alone          (ARGS="-k units" goes to pytest)
#   make site           the labs as pages that run in a browser, in build/site and as one zip
#   make bench          speed and size
#   make schema         the JSON schema of a scenario
#   make format         format and fix what ruff can
#   make clean          remove all that the commands above made

PYTHON ?= python3
ARGS   ?=
BIN    := .venv/bin
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
OFFLINE = { echo "make: the installation failed, for the reason above; if that is the network, run the same command again when a package index answers" >&2; exit 1; }

.PHONY: help lab run test check chromium test-pyodide site bench schema format clean
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "make: mlsysim needs Python 3.11 or later as $(PYTHON); name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "make: $(PYTHON) could not make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 1; }

.venv/run.stamp: pyproject.toml | $(BIN)/pip
	@echo "Installing mlsysim and its command line into .venv"
	@$(INSTALL) -e ".[cli]" || $(OFFLINE)
	@touch $@

.venv/test.stamp: pyproject.toml | $(BIN)/pip
	@echo "Installing mlsysim and the tools of its tests into .venv"
	@$(INSTALL) -e ".[cli,dev]" || $(OFFLINE)
	@touch .venv/run.stamp $@

.venv/lab.stamp: pyproject.toml | $(BIN)/pip
	@echo "Installing mlsysim and its labs into .venv"
	@$(INSTALL) -e ".[labs]" || $(OFFLINE)
	@touch .venv/run.stamp $@

lab: .venv/lab.stamp
	@$(BIN)/mlsysim lab serve --open

run: .venv/run.stamp
	@$(BIN)/mlsysim eval tests/example_cluster.yaml

test: check
	@if command -v node >/dev/null && command -v npm >/dev/null; then $(MAKE) --no-print-directory test-pyodide; \
	 else echo "Node is not installed: the core's tests in Pyodide are left out"; fi

# The browser's tests drive Chromium: the system's own, installed from Debian's packages where that is possible.
CHROMIUM = command -v chromium || command -v chromium-browser || command -v google-chrome
chromium:
	@{ $(CHROMIUM); } >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium" && apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
	  { echo "make: the browser's tests need Chromium (on Debian: apt install chromium)" >&2; exit 1; }

check: .venv/test.stamp chromium
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-pyodide: .venv/test.stamp
	$(BIN)/python tests/pyodide/fetch.py build/pyodide
	node tests/pyodide/run.mjs build/pyodide $(ARGS)

site: .venv/test.stamp
	@$(BIN)/python labs/site/build.py build/site $(ARGS)

bench: .venv/test.stamp
	@$(BIN)/python tests/bench.py

schema: .venv/run.stamp
	@$(BIN)/mlsysim schema

format: .venv/test.stamp
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

clean:
	rm -rf .venv build dist .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find mlsysim tests -name __pycache__ -type d -prune -exec rm -rf {} +
