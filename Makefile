# What a newcomer, a developer and the build machine type. `make` alone lists the targets.
#
#   make run                     find Python, create .venv, install the pins, run the bundled case
#   make run PYTHON=/path/to/python3.12      the same with a Python of your choice
#   make test JOBS=8             the same tests on more cores

VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PREFERRED := $(shell cat .python-version)

# A candidate is run, not only looked up: a version manager's shim can exist and still fail.
PYTHON ?=
VERSIONS := $(PREFERRED) $(filter-out $(PREFERRED),3.13 3.12 3.14)
CANDIDATES := $(if $(PYTHON),$(PYTHON),$(VERSIONS:%=python%) python3 python)
REQUESTS := $(if $(PYTHON),$(PYTHON),$(PREFERRED) '>=3.12,<3.15')
SUITABLE := import sys, venv, ensurepip; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 14))
VERSION := import importlib.util as util, sys; print("%d.%d.%d" % sys.version_info[:3], end=""); \
	print("" if util.find_spec("ensurepip") else " without ensurepip")

UV := $(shell uv --version 2>/dev/null)
ifneq ($(UV),)
  INSTALL := uv pip install --python $(BIN)/python
else
  INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

# The stamps say which pins .venv holds; a changed pin, or a changed pyproject.toml, installs again.
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all lint format bench docs validate pins clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: $(RUNTIME) ## run the forecast of the bundled case and say where its charts are
	@$(BIN)/forecast run
	@echo "The charts are in $(CURDIR)/out"

test: lint ## lint, then the tests that take no longer than half a minute each
	$(BIN)/pytest -n $(JOBS) --dist worksteal

test-all: lint ## lint, then every test, the slow ones too
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m "slow or not slow" --timeout 3600

lint: $(DEVELOPMENT) ## ruff, mypy --strict and the layers (import-linter)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEVELOPMENT) ## let ruff fix what it safely can and format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT) ## measure speed (pytest-benchmark)
	$(BIN)/pytest benchmarks --benchmark-only

docs: $(DEVELOPMENT) ## build the documentation site
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -d site/doctrees docs site/html
	@echo "The site is $(CURDIR)/site/html/index.html"

validate: $(RUNTIME) ## simulate, and renew docs/validation.md (half an hour on two cores)
	$(BIN)/forecast validate --out docs

# Universal: one file for every platform and Python from 3.12 on. No hosts and no paths in it.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.12 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins" $(if $(UPGRADE),--upgrade)

pins: $(DEVELOPMENT) ## recompile the requirements files; UPGRADE=1 takes newer releases
	$(COMPILE) --group build --output-file requirements.txt
	$(COMPILE) --group dev --output-file requirements-dev.txt

clean: ## remove caches and build products; .venv, .forecast and out stay
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .benchmarks dist site docs/notebooks
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt pyproject.toml
	@$(BIN)/python -c '$(SUITABLE)' 2>/dev/null || { $(CREATE_VENV); }
	@echo "Installing the pinned dependencies into $(VENV) (once; it can take some minutes)"
	@$(if $(UV),,$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip)
	@$(INSTALL) --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.txt
	@echo "Installing the development tools into $(VENV)"
	@$(INSTALL) --requirement requirements-dev.txt
	@touch $@

# uv finds or fetches a Python; without uv, the first suitable candidate makes the environment.
CREATE_VENV = \
	$(if $(UV),for request in $(REQUESTS); do \
	    uv venv --quiet --clear --python "$$request" $(VENV) && exit; \
	done;) \
	found=; \
	for python in $(CANDIDATES); do \
	    version=$$($$python -c '$(VERSION)' 2>/dev/null) || continue; \
	    if $$python -c '$(SUITABLE)' 2>/dev/null; then \
	        echo "Creating $(VENV) with $$python ($$version)"; \
	        $$python -m venv --clear $(VENV); exit; \
	    fi; \
	    found="$$found $$python is $$version,"; \
	done; \
	echo "make: no suitable Python: Python 3.12, 3.13 or 3.14 with its venv and ensurepip modules is needed" \
	    "(found:$${found:- none,} tried: $(CANDIDATES));" \
	    "install one (Debian, Ubuntu: apt install python3 python3-venv) or uv, or say make PYTHON=/path/to/python3" >&2; \
	exit 1
