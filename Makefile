# Two commands on a fresh machine: `make run` and `make test`. `make check` is what CI runs.
.DEFAULT_GOAL := help
.PHONY: help setup dev run quick fix test site-assets site-console site-test night nights faults check format lint types contracts lock docs sample identity-page plots pictures readers clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
HOME_DIR ?= metaboard-data

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/	/' | expand -t 14

setup: $(VENV)/.run ## Make .venv with the CLI in .venv/bin/metaboard
dev: $(VENV)/.dev ## The same, with everything that tests and checks need

# The lock lists every package with its hashes, so nothing is resolved at install time.
$(VENV)/.run: requirements.lock pyproject.toml
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(PIP) --no-deps --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(PIP) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

run: setup ## Build the combined table from the bundled sample, offline, and show it
	$(BIN)/metaboard refresh --sample --home $(HOME_DIR)
	$(BIN)/metaboard top --home $(HOME_DIR)
	@echo "DuckDB file: $(HOME_DIR)/current/metaboard.duckdb"

test: dev ## Run the tests
	$(BIN)/python -m pytest -n auto

quick: dev ## The inner loop: lint, types, and the tests of the packages that differ from HEAD
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	@tests="$$($(BIN)/python -m tools.changed_tests)"; test -z "$$tests" || $(BIN)/python -m pytest -n auto $$tests

fix: dev ## Format the code, sort imports, and apply the safe fixes of the linter
	$(BIN)/ruff check --fix-only -q .
	$(BIN)/ruff format -q .

# Debian's packages, installed where the command is missing; needs root. The user `_apt`, to which apt-get would change, may
# not write to /dev/null on every build machine.
APT = apt-get -qq -o APT::Sandbox::User=root
PACKAGES = $(APT) update && $(APT) install -y --no-install-recommends >/dev/null
/usr/bin/chromium:
	$(PACKAGES) chromium
/usr/lib/postgresql:
	$(PACKAGES) postgresql

night: dev | /usr/lib/postgresql ## One scheduled refresh on a real Prefect server with PostgreSQL; installs PostgreSQL where there is none
	METABOARD_NIGHTS=1 $(BIN)/python -m pytest tests/flows/test_nights.py -k the_schedule_fires

nights: dev | /usr/lib/postgresql ## The same, and a refresh whose process is killed: ten minutes
	METABOARD_NIGHTS=1 $(BIN)/python -m pytest tests/flows/test_nights.py

faults: dev ## All faults and attacks, 200 kills among them: about 25 minutes; writes $(HOME_DIR)/reliability.json and docs/reliability.*
	METABOARD_FAULTS=all METABOARD_RELIABILITY=$(HOME_DIR)/reliability.json OPENBLAS_NUM_THREADS=1 \
	  $(BIN)/python -m pytest -n auto --dist worksteal --timeout 3600 tests/faults
	METABOARD_RELIABILITY=$(HOME_DIR)/reliability.json $(BIN)/python -m tests.faults.reliability_report
	$(BIN)/python -m tools.write_reliability_page $(HOME_DIR)/reliability.json

check: dev format lint types contracts test ## Format, lint, types, import contracts, tests

format:
	$(BIN)/ruff format --check .

lint:
	$(BIN)/ruff check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

docs: dev ## Generate the generated pages of docs/, the picture of the packages and the published schema
	$(BIN)/python -m tools.write_data_dictionary
	$(BIN)/python -m tools.write_cli_page
	$(BIN)/python -m tools.write_schema
	$(BIN)/python -m tools.draw_architecture

MIRROR ?= ../shared/recordings
sample: dev ## Write the bundled sample from MIRROR, a folder laid out like the hosts
	$(BIN)/python -m tools.write_sample --from $(MIRROR)

identity-page: dev ## Write the measured tables of docs/identity.md from MIRROR
	$(BIN)/python -m tools.write_identity_page $(MIRROR)

plots: dev ## Draw the plots of the docs from the home directory HOME_DIR
	$(BIN)/python -m tools.draw_plots $(HOME_DIR)

# What readers open the dataset with: an environment of its own, and other DuckDBs, one folder each.
READERS := .venv-readers
OLD := $(patsubst tests/readers/duckdb-%.lock,$(READERS)/duckdb/%,$(wildcard tests/readers/duckdb-*.lock))

$(READERS)/.ready: requirements-readers.lock
	@test -d $(READERS) || $(PYTHON) -m venv $(READERS)
	$(READERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

$(READERS)/duckdb/%: tests/readers/duckdb-%.lock $(READERS)/.ready
	$(READERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --upgrade --target $@ -r $<
	@touch $@

readers: setup $(READERS)/.ready $(OLD) ## Publish the sample to a folder and read it with everything that docs/query.md names
	rm -rf build/readers
	$(BIN)/metaboard refresh --sample --direct --home build/readers/home
	$(BIN)/metaboard publish --to build/readers/dataset --home build/readers/home
	$(READERS)/bin/python -m pytest -c tests/readers/readers.ini --rootdir tests/readers --confcutdir tests/readers -p no:cacheprovider \
	  --dataset build/readers/dataset --old $(READERS)/duckdb tests/readers/read_published.py
	$(READERS)/bin/python benchmarks/http_attach.py build/readers/dataset

# The page's sources are in web/. Their build is committed, so only these targets need node.
web/node_modules/.ready: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

web/console/duckdb.wasm: web/node_modules/.ready web/src/duckdb.js web/build.mjs
	cd web && npm run --silent console

site-assets: web/node_modules/.ready ## Build the page's scripts from web/ (needs node)
	cd web && npm run --silent assets

site-console: web/console/duckdb.wasm ## Build the files of the page's SQL console, 35 MB, in web/console (needs node)

pictures: setup site-console | /usr/bin/chromium ## Take the screenshots of the docs from the home directory HOME_DIR
	$(BIN)/metaboard site --home $(HOME_DIR) --to build/site --console web/console
	cd web && node pictures.mjs ../build/site

site-test: dev site-console | /usr/bin/chromium ## The page in a real Chromium (needs node; installs Debian's Chromium where there is none)
	$(BIN)/python -m pytest -m browser tests/site

lock: ## Resolve the dependencies again (needs `uv`)
	uv pip compile --quiet pyproject.toml --group build --constraint constraints.txt $(LOCK) --output-file requirements.lock
	uv pip compile --quiet pyproject.toml --group build --group dev --constraint requirements.lock $(LOCK) --output-file requirements-dev.lock
	uv pip compile --quiet --group readers $(LOCK) --output-file requirements-readers.lock

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --strip-extras --custom-compile-command "make lock"

clean: ## Remove what was set up and built
	rm -rf $(VENV) $(READERS) build dist $(HOME_DIR)
