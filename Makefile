# Every target makes the environment it needs on first use. Nothing is installed outside .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

BROWSER := statemachine/suites/browser
CONSUMERS := tests/consumers

.PHONY: demo test browser consumers lint verify bench generate clean

demo: $(VENV)/ready  ## check a bundled capture of the published snippet
	@echo "$(BIN)/statemachine check tests/data/segment-actions-published.ndjson"
	@$(BIN)/statemachine check tests/data/segment-actions-published.ndjson || [ $$? -eq 1 ] # 1 is findings

test: $(VENV)/ready  ## the whole suite; it says what is left out where there is no Chromium or no npm package
	$(BIN)/pytest -rs --numprocesses auto

browser: $(BROWSER)/node_modules/ready  ## the npm packages, with which `make test` runs the real SDKs in Chromium

$(BROWSER)/node_modules/ready: $(BROWSER)/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(BROWSER)
	touch $@

consumers: $(CONSUMERS)/node_modules/ready  ## XState and SCION, with which `make test` runs the state charts of `diagram`

$(CONSUMERS)/node_modules/ready: $(CONSUMERS)/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(CONSUMERS)
	touch $@

lint: $(VENV)/ready  ## style, and types by two checkers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python --warnings

verify: $(VENV)/ready  ## prove the tables against the specifications
	$(BIN)/statemachine verify

bench: $(VENV)/ready  ## measure everything side by side, and write specs/bench.md; most of an hour, 15 GB of disk
	$(BIN)/python -m tests.bench

generate: $(VENV)/ready  ## write what is generated again, from the tables and the specifications
	$(BIN)/python -m tests.generated

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,lint]'
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
