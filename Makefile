# Only python3 (3.11 or newer, with venv) and make are assumed; `.venv` holds everything else.
PYTHON ?= python3
BIN := .venv/bin
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
endif

.PHONY: demo test faults check bench soak conformance clients clean

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/installed
	@$(BIN)/talent-mcp demo

test: .venv/installed
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

faults: .venv/installed
	FAULT_ROUNDS=$${FAULT_ROUNDS:-100} $(BIN)/python -m pytest tests/faults

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pyright

bench: .venv/installed .clients/node/installed
	$(BIN)/python -m tests.benchmarks

soak: .venv/installed
	$(BIN)/python -m tests.benchmarks --soak

# Node of the version that these packages ask for is one of them; any npm installs them.
.clients/node/installed: tests/clients/package.json tests/clients/package-lock.json
	mkdir -p .clients/node
	cp $^ .clients/node/
	npm ci --prefix .clients/node --no-audit --no-fund --loglevel=error
	@touch $@

conformance: .venv/installed .clients/node/installed
	$(BIN)/python -m tests.conformance

clients: .venv/installed .clients/node/installed
	$(BIN)/python -m tests.clients

clean:
	rm -rf .venv .clients dist build .coverage .coverage.*
