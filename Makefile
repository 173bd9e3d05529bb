# parallelsdk: everything a developer does, in one place. Needs Python >= 3.11 and make, nothing else:
# each target makes the virtual environment by itself and installs what it needs into it.
#
#   make PYTHON=python3.12 test     another interpreter
#   make VENV=/some/folder test     an environment elsewhere

PYTHON ?= python3
VENV ?= .venv
BUILD ?= build
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Tests run in this many processes; each of them starts workers of its own.
TEST_PROCESSES ?= 2
PYTEST_ARGS ?=
# Which PyTorch `make torch` installs, such as TORCH===2.13.0
TORCH ?= >=2.4

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test long torch check format docs bench clean

help:  ## print this list
	@echo "Usage: make <target>"
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed-examples  ## run the examples on real data, from YAML and from Python
	$(BIN)/python examples/demo.py --workspace $(BUILD)/demo

test: $(VENV)/.installed-test  ## run every test, with real worker processes
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) $(PYTEST_ARGS)

long: $(VENV)/.installed-test  ## the figures of a night: thousands of faults, over an hour
	GUARANTEE_SCHEDULES=1000 GUARANTEE_MIXED_SCHEDULES=300 GUARANTEE_CRASH_POINTS=120 GUARANTEE_DRIVER_KILLS=200 \
	GUARANTEE_HANGS_OF_A_KIND=10 GUARANTEE_SIEGE_MINI_BATCHES=1000 \
	  $(BIN)/python -m pytest -s tests/guarantees $(PYTEST_ARGS)

torch: $(VENV)-torch/.installed  ## the tests that need PyTorch, in an environment of its own (1 GB)
	$(VENV)-torch/bin/python -m pytest tests/guarantees/test_ordinary_process.py $(PYTEST_ARGS)

check: $(VENV)/.installed-lint  ## lint, formatting, types, and the floors of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/.installed-lint  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-docs  ## build the documentation site
	PARALLELSDK_HOME=$(abspath $(BUILD))/docs-workspace \
	  $(BIN)/python -m sphinx -W --keep-going -b html -d $(BUILD)/doctrees docs $(BUILD)/docs
	@echo "open $(BUILD)/docs/index.html"

bench: $(VENV)/.installed-examples  ## measure dispatch, cold start, scale, tables, authoring, ledger
	$(BIN)/python benchmarks/bench.py
	$(BIN)/python benchmarks/engine.py
	$(BIN)/python benchmarks/tables.py
	$(BIN)/python benchmarks/authoring.py
	$(BIN)/python benchmarks/ledger.py

clean:  ## remove the environment and everything that was built
	rm -rf $(VENV) $(VENV)-torch $(BUILD) docs/notebooks docs/reference/command-line.md .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)-torch/.installed: pyproject.toml
	@$(PYTHON) -m venv $(VENV)-torch
	@$(VENV)-torch/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]' 'torch$(TORCH)'
	@touch $@

# One stamp per set of packages; a change of pyproject.toml installs again.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	@echo "installing parallelsdk with [$*] into $(VENV)"
	@$(PIP) --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "parallelsdk needs Python 3.11 or newer as '$(PYTHON)'. Name another one: make PYTHON=python3.12 ..." >&2; \
	  exit 1; }
	@echo "making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  echo "'$(PYTHON) -m venv' failed; on Debian and Ubuntu the package python3-venv holds it." >&2; \
	  exit 1; }
