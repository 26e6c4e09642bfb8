# Everything a newcomer needs: `make run` and `make test`. Needs Python 3.11 or newer and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORPUS ?=

export PYTHONPATH := .

.PHONY: run test check lint types imports bench understanding model lock clean

run: $(VENV)/run.stamp
	$(BIN)/python run_bot.py

test: $(VENV)/dev.stamp
	$(BIN)/pytest -n auto

check: lint types imports test

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	@for name in intake storage timers lateness startup working_time; do echo "== $$name"; $(BIN)/python -m benchmarks.$$name; done

understanding: $(VENV)/dev.stamp
	$(BIN)/python benchmarks/understanding.py $(if $(CORPUS),--extra $(CORPUS))

model: $(VENV)/dev.stamp
	$(BIN)/python -m bot.intake.train

# Pins every dependency with hashes; names no place they come from. Needs uv.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --extra dev --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements-dev.lock

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/run.stamp

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis data
