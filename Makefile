# Every target makes the environment it needs on first use. Nothing is installed outside .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

BROWSER := statemachine/suites/browser
CONSUMERS := tests/consumers

LOCK := requirements-dev.lock
# The lock is for this Python on this system; elsewhere the newest versions that pyproject.toml allows are installed.
LOCKED := import platform, sys; sys.exit((*sys.version_info[:2], sys.platform, platform.machine()) != (3, 11, "linux", "x86_64"))

CORE_TESTS := $(addprefix tests/test_,$(addsuffix .py,architecture captures cli core fields hostile live log rules table)) \
	tests/properties/test_ids.py

.PHONY: help demo test browser consumers docs lint verify bench fuzz generate coverage mutation nightly lock audit clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | expand -t 12

demo: $(VENV)/ready  ## check a bundled capture of the published snippet
	@echo "$(BIN)/statemachine check tests/data/segment-actions-published.ndjson"
	@$(BIN)/statemachine check tests/data/segment-actions-published.ndjson || [ $$? -eq 1 ] # 1 is findings

test: $(VENV)/ready  ## the whole suite; it says what is left out where there is no Chromium or no npm package
	$(BIN)/pytest -rs --numprocesses auto

browser: $(BROWSER)/node_modules/ready  ## the npm packages, with which `make test` runs the real SDKs in Chromium

$(BROWSER)/node_modules/ready: $(BROWSER)/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(BROWSER)
	touch $@

consumers: $(CONSUMERS)/node_modules/ready  ## XState and SCION, which run the state charts of `diagram`, and axe, which reads the report, in `make test`

$(CONSUMERS)/node_modules/ready: $(CONSUMERS)/package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --prefix $(CONSUMERS)
	touch $@

docs: $(VENV)/ready  ## the site, in docs/_build; a warning is an error
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky docs docs/_build

lint: $(VENV)/ready  ## style, and types by two checkers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright --pythonpath $(BIN)/python --warnings

coverage: $(VENV)/ready  ## every line and branch of the core, by its fast tests alone: half a minute; less than all fails
	$(BIN)/coverage run -m pytest $(CORE_TESTS)
	$(BIN)/coverage report

mutation: $(VENV)/ready  ## change the core in every way, and see that its fast tests notice; some minutes; writes specs/mutation.md
	$(BIN)/python -m tests.mutation $(if $(CI),--check)

nightly: $(VENV)/ready  ## properties in depth: a solver on the pure ones, then all with 100 times the examples; most of a night
	$(BIN)/pytest --hypothesis-profile symbolic -m symbolic
	$(BIN)/pytest --hypothesis-profile nightly -m hypothesis --numprocesses auto

verify: $(VENV)/ready  ## prove the tables against the specifications
	$(BIN)/statemachine verify

bench: $(VENV)/ready  ## measure everything side by side, and write specs/bench.md; most of an hour, 15 GB of disk
	$(BIN)/python -m tests.bench

fuzz: $(VENV)/ready  ## look for input that breaks a reader or a format: SECONDS=60 of each, SEED=1, TARGET= one, or all
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1) $(TARGET)

generate: $(VENV)/ready  ## write what is generated again, from the tables and the specifications
	$(BIN)/python -m tests.generated

lock:  ## write requirements-dev.lock again, with the newest versions that pyproject.toml allows
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(sed -n 's/.*"\(uv==[0-9.]*\)".*/\1/p' pyproject.toml)"
	$(BIN)/uv pip compile pyproject.toml --extra test --extra lint --generate-hashes --python-version 3.11 \
		--python-platform x86_64-unknown-linux-gnu --upgrade --no-annotate --no-emit-index-url --quiet \
		--custom-compile-command 'make lock' --output-file $(LOCK)

audit: $(VENV)/ready  ## what can be said without a network: versions that fit each other, the lock, the licences
	$(BIN)/pip check --disable-pip-version-check
	$(BIN)/pytest tests/test_dependencies.py

$(VENV)/ready: pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
	if $(BIN)/python -c '$(LOCKED)'; then \
		$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK) && \
		$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	else \
		$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,lint]'; \
	fi
	touch $@

clean:  ## remove the environment, the site, and what tools keep
	rm -rf $(VENV) docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis
