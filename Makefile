.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo demo-reset test test-oldest lint format bench simulate soak lock

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
STYLES := $(wildcard scripts/build_styles.py) \
	$(shell find server/pages -type f ! -path '*/static/*' ! -name '*.pyc' 2>/dev/null)
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

help:  ## Show what each target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F '\t' '{printf "  %-12s %s\n", $$1, $$2}'

setup: $(DONE)/project $(DONE)/styles  ## Install everything into .venv, node_modules and fieldapp/assets

demo: setup  ## Start the made-up service: a server and two tablets in the browser
	@exec $(BIN)/fieldserver demo

demo-reset: setup  ## Start the made-up service anew
	@exec $(BIN)/fieldserver demo --reset

test: setup  ## Lint, then run every test; installs Chromium when there is none
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/checks.py lint test

test-oldest: $(VENV)-oldest/.done  ## Run the domain and store tests on the oldest supported releases
	@$(VENV)-oldest/bin/python -m pytest -q -n 2 $(wildcard tests/domain tests/storage)

lint: setup  ## Check style, types and who imports whom
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/checks.py lint

format: setup  ## Mend style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup  ## Measure, as ratios in one run, and put the tables into docs/performance.md and docs/scaling.md
	@$(BIN)/python -m bench --write docs/performance.md
	@$(BIN)/python -m bench.server --write docs/scaling.md

SCHEDULES ?= 500
SEED ?= 1
DATABASE ?= sqlite
simulate: setup  ## Run SCHEDULES=n schedules of tablets and a server under faults, from SEED=s, DATABASE=sqlite or postgresql
	@$(BIN)/python -m tests.simulation --schedules $(SCHEDULES) --seed $(SEED) --database $(DATABASE)

KILLS ?= 1000
soak: setup  ## Kill tablets and server at work KILLS=n times, from SEED=s, DATABASE=sqlite or postgresql
	@$(BIN)/python -m tests.soak --kills $(KILLS) --seed $(SEED) --database $(DATABASE)

lock: setup  ## Resolve all requirements anew and write their hashes
	@$(COMPILE) --upgrade --extra server --extra dev pyproject.toml -o requirements/dev.txt
	@$(COMPILE) --upgrade --extra server -c requirements/dev.txt pyproject.toml -o requirements/server.txt
	@$(COMPILE) --upgrade --no-deps requirements/node.in -o requirements/node.txt
	@$(COMPILE) --upgrade --resolution lowest-direct pyproject.toml requirements/oldest.in -o requirements/oldest.txt
	@rm -f package-lock.json
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/assets.py --lock

$(DONE)/environment: scripts/make_venv.sh
	@sh scripts/make_venv.sh $(VENV)
	@mkdir -p $(DONE) && touch $@

$(DONE)/packages: requirements/dev.txt $(DONE)/environment
	@echo "setup: installing the locked packages"
	@$(PIP) install -qq --require-hashes --requirement requirements/dev.txt
	@touch $@

$(DONE)/project: pyproject.toml $(DONE)/packages
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(DONE)/assets: package.json package-lock.json .npmrc scripts/assets.py requirements/node.txt $(DONE)/packages
	@$(BIN)/python scripts/assets.py
	@touch $@

$(DONE)/styles: $(STYLES) $(DONE)/assets $(DONE)/project
	@if [ -f scripts/build_styles.py ]; then PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/build_styles.py; fi
	@touch $@

$(VENV)-oldest/.done: requirements/oldest.txt pyproject.toml $(DONE)/environment
	@PYTHON=$(BIN)/python sh scripts/make_venv.sh $(VENV)-oldest
	@$(VENV)-oldest/bin/python -m pip --disable-pip-version-check install -qq --require-hashes --requirement requirements/oldest.txt
	@$(VENV)-oldest/bin/python -m pip --disable-pip-version-check install -qq --no-deps --no-build-isolation --editable .
	@touch $@
