# make demo    a simulated data centre with the daemon on it (own environment, nothing to configure)
# make test    the test suite (own environment)
# make long    the tests that take seconds each: whole daemons killed, real devices and servers, the whole library, many examples
# make check   what CI runs: format, lint, types, layers, tests, long tests
# make bench   the comparison with the peers, on this machine
# make campaign   the long runs: 200 kills, 500 power cuts and other things CI runs in short form
# make docs    write what is generated: docs/profiles.md, dashboards
# make replay-library   rehearse the recorded incidents of tests/replay/library anew
# make lock    write constraints.txt anew from pyproject.toml

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
ARGS   ?=

# What is started again and again (the daemon, by tests too) is compiled once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: venv demo test long check lint types layers bench campaign replay-library docs lock wheel clean

venv: $(STAMP)

$(STAMP): constraints.txt pyproject.toml setup.py
	@PYTHON=$(PYTHON) sh tools/prerequisites.sh
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (once; again only when constraints.txt or pyproject.toml change)"
	@# constraints.txt is whole: were dependencies looked at, a new release of one that is named with an extra would end it
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check --quiet --disable-pip-version-check
	@$(BIN)/python -m compileall -q dcim collectors
	@touch $(STAMP)

demo: venv
	@$(BIN)/dcim demo $(ARGS)

test: venv
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not campaign and not long" $(ARGS)

long: venv
	@DCIM_MANY=all $(BIN)/python -m pytest -n 3 --dist worksteal -m "(long or many) and not campaign" $(ARGS)

check: lint types layers test long

lint: venv
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: venv
	@$(BIN)/mypy

layers: venv
	@$(BIN)/lint-imports

bench: venv
	@$(BIN)/python -m bench $(ARGS)

campaign: venv
	@DCIM_CAMPAIGN=1 $(BIN)/python -m pytest -m campaign --timeout 7200 $(ARGS)

replay-library: venv
	@$(BIN)/python -m tests.replay.making $(ARGS)

docs: venv
	@$(BIN)/dcim profiles --markdown > docs/profiles.md
	@$(BIN)/python dashboards/build.py

wheel: venv
	@$(BIN)/python -m build --quiet --no-isolation --wheel --outdir dist

lock: venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.4"
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-annotate --extra dev --extra peers --output-file constraints.txt --upgrade pyproject.toml

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
