# Everything a person does with this repository. Needs Python 3.11 or newer and make; the rest is installed into .venv.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
CODEGEN := .venv-codegen
PORTAL := gateway/portal
BUILT := gateway/static/manifest.json
PLUGINS := $(filter-out plugins/_template/,$(sort $(dir $(wildcard plugins/*/pyproject.toml))))
PROJECTS := pyproject.toml constraints.txt sdk/pyproject.toml $(wildcard plugins/*/pyproject.toml)
PORTAL_SOURCES := $(shell find $(PORTAL) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null) \
	gateway/schema.graphql
PARTS ?= door listing page scrolling row_to_score hot_asset noisy_neighbour promotions start suitability month \
	loop drift mqtt opcua edge solar boundary link fleet
TAKEN := .artifacts/e2e
PICTURES := docs/how-to/images
FAILED := .pytest_cache/v/cache/lastfailed
OPTIONS ?=
TESTS ?=
WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest $(TESTS)
MANY = -n $(WORKERS) --dist loadscope --no-loadscope-reorder

.PHONY: help run up down install portal client test again check lint fmt types imports unit bench handbook clean chromium \
	mosquitto

help: ## List these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-9s %s\n", $$1, $$2 }'

run: install portal ## Start everything here, with the demo, and print one address; Ctrl-C stops it
	@exec $(BIN)/andon up

down: install ## Stop what `make run` or `andon up --detach` started
	@exec $(BIN)/andon down

install: $(INSTALLED) ## Install into .venv what is not there yet

$(INSTALLED): $(PROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
		echo "$$($(PYTHON) --version) is too old: Andon needs 3.11 or newer. Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2
		exit 1
	}
	@[ -x $(BIN)/python ] || { echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing (once; some minutes where nothing is cached)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e sdk $(patsubst %/,-e ./%,$(PLUGINS)) -e '.[dev]'
	@touch $@

portal: $(BUILT) ## Build the portal into the gateway, if its sources changed

$(PORTAL)/node_modules/.package-lock.json: $(PORTAL)/package-lock.json $(INSTALLED)
	@echo "Installing what the portal is built with"
	@# Not `npm ci`: it refuses a lock without the packages of other systems, and not every mirror has them.
	@$(BIN)/python infra/node.py npm --prefix $(PORTAL) install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

$(BUILT): $(PORTAL_SOURCES) $(PORTAL)/node_modules/.package-lock.json
	@echo "Building the portal"
	@$(BIN)/python infra/node.py npm --prefix $(PORTAL) run --silent build
	@touch $@

client: $(CODEGEN)/bin/ariadne-codegen ## Write the SDK's typed client anew, from the schema and sdk/operations
	@$(CODEGEN)/bin/python sdk/codegen/generate.py

$(CODEGEN)/bin/ariadne-codegen:
	@echo "Making $(CODEGEN)"
	@$(PYTHON) -m venv $(CODEGEN)
	@$(CODEGEN)/bin/python -m pip install --quiet --disable-pip-version-check ariadne-codegen==0.19.0

test: install portal chromium mosquitto ## Run all tests; TESTS=path runs some, WORKERS=0 one after the other
	@$(BIN)/python infra/node.py npm --prefix $(PORTAL) run --silent lint
	@$(BIN)/python infra/node.py npm --prefix $(PORTAL) run --silent test
	@# Those that kill parts or wait for whole installations run by themselves. 5 says that TESTS holds none of the kind.
	@rm -f $(FAILED)
	@failed=0
	@stage() { "$$@" || case $$? in 5) ;; 1) failed=1 ;; *) rm -f $(FAILED); exit 1 ;; esac; }
	@stage $(PYTEST) -m alone
	@stage $(PYTEST) $(MANY) -m 'not alone'
	@exit $$failed

again: ## Run the files once more whose tests failed in the last `make test`, one after the other
	@files=$$($(BIN)/python -c 'import json, sys
	print(*sorted({name.partition("::")[0] for name in json.load(open(sys.argv[1]))}))' $(FAILED))
	@[ -n "$$files" ] || { echo "No test failed in the last run." >&2; exit 1; }
	@$(BIN)/python -m pytest $$files

check: lint types imports unit ## Lint, types, import contracts and unit tests: what every commit must pass

lint: install ## Ruff: rules and format
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: install ## Pyright
	@$(BIN)/pyright

imports: install ## Who may import whom
	@$(BIN)/lint-imports

unit: install ## Tests that need no server, cluster or browser
	@$(PYTEST) $(MANY) -m 'not platform and not cluster and not browser'

bench: $(PARTS:%=bench-%) ## Measure into .bench; PARTS="door start" or bench-door some; OPTIONS=--full

bench-mqtt: mosquitto

bench-%: install portal
	@PYTHONPATH=tests/bench:tests/support $(BIN)/python -m $* $(OPTIONS)

handbook: ## Put the pictures that the story in a browser took (make test TESTS=tests/e2e/…) into the operator's guide
	@ls $(TAKEN)/*.webp > /dev/null 2>&1 || {
		echo "No pictures in $(TAKEN). Take them: make test TESTS=tests/e2e/test_story_in_a_browser.py" >&2
		exit 1
	}
	@mkdir -p $(PICTURES)
	@rm -f $(PICTURES)/*.webp
	@cp $(TAKEN)/*.webp $(PICTURES)/

fmt: install ## Format, and fix what can be fixed
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

chromium: # the browser tests' browser
	@for name in chromium chromium-browser google-chrome; do command -v $$name > /dev/null && exit 0; done
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
		echo "Installing Chromium for the browser tests"
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
	else
		echo "Chromium is missing, which the browser tests need. Install it: sudo apt-get install chromium" >&2
		exit 1
	fi

mosquitto: # the broker of the tests of connectors; Debian puts it where only root's PATH looks
	@PATH=$$PATH:/usr/sbin command -v mosquitto > /dev/null && exit 0
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
		echo "Installing Mosquitto for the tests of connectors"
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mosquitto
	else
		echo "Mosquitto is missing, which the tests of connectors need. Install it: sudo apt-get install mosquitto" >&2
		exit 1
	fi

clean: ## Delete what was built; .venv and .andon (all data) stay
	@rm -rf gateway/static $(PORTAL)/node_modules $(PORTAL)/dist .pytest_cache .ruff_cache .import_linter_cache \
		.hypothesis .artifacts
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
