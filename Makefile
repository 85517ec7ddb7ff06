# PYTHON makes .venv, once: `make install PYTHON=python3.12`. Everything else runs from .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# Twice quiet: errors are shown, notes about other indexes of this machine are not.
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input
LOCK := $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

define SUPPORTED
import sys
have = sys.version_info[:2]
if not (3, 11) <= have <= (3, 13):
    sys.exit("Quoteway needs Python 3.11, 3.12 or 3.13 and $(PYTHON) is %d.%d: name another one, as in make install PYTHON=python3.12" % have)
endef
export SUPPORTED

# Where the shell forbids bytecode, each of the hundreds of processes that tests and drills start would compile anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-unit check drill drill-sabotage format lock upgrade bench build clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Put the locked whole and quoteway itself into .venv

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c "$$SUPPORTED"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the locked packages into $(VENV); the first time takes a minute."
	@$(PIP) install --progress-bar off --no-compile --no-deps --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)
	@echo "Installed: $(BIN)/quoteway"

demo: install ## Show eight kinds of quote on their way through the stages
	$(BIN)/quoteway demo

test: test-unit ## Run every test; needs no server, starts its own
	$(BIN)/pytest --ignore=tests/unit --numprocesses=3 --dist=loadfile --no-loadscope-reorder

test-unit: install ## Run the tests that need no server
	$(BIN)/pytest tests/unit --numprocesses=2

check: install ## Check format, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

drill: install ## Do all the harm that we promise to withstand, and count; takes up to an hour
	$(BIN)/quoteway drill

drill-sabotage: install ## Take each safeguard away in a copy, and see that a drill notices
	$(BIN)/python infra/sabotage/run.py

format: install ## Format, and repair what lint can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install ## Write the lock files anew after a change of pyproject.toml
	$(PIP) install "uv>=0.11"
	$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --group dev --constraints requirements/runtime.txt --output-file requirements/dev.txt
	$(LOCK) --group build --constraints requirements/dev.txt --output-file requirements/build.txt

upgrade: LOCK += --upgrade
upgrade: lock ## Write the lock files anew with the newest versions that fit

bench: install ## Measure; prints a table and writes bench-results.json
	$(BIN)/python infra/bench/bench.py

build: install ## Build the wheel into dist/
	$(BIN)/hatchling build --target wheel

clean: ## Remove .venv and everything built
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
