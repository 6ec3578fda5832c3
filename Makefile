# Gridwhistle 网格哨. `make help` lists the targets; scripts/setup.py does what is missing before each of them.
PORT   ?= 8000
PYTHON ?= python3
ARGS   ?=
BIN    := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run stop test check field field-shots field-android-check bench bench-locate bench-report bench-storm bench-stream bench-phones bench-boards bench-scroll bench-density bench-tiles bench-pages lock sql format clean

help: ## list the targets
	@grep -hE '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+)[a-z -]*:.*## /  make \1\t/' | expand -t 22

run: ## start everything on this machine: make run [PORT=8000]
	@$(PYTHON) scripts/setup.py run
	@exec setpriv --pdeathsig TERM -- $(BIN)/gridwhistle run --port $(PORT)

stop: ## stop what `make run` started
	@[ ! -x $(BIN)/gridwhistle ] || $(BIN)/gridwhistle stop

test: ## run all tests: make test [ARGS="-k words"]
	@$(PYTHON) scripts/setup.py test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS) # many programs start: compile once

ROLE ?= GWF
field: ## open the field app against the running server: make field [ROLE=GWF] [PORT=8000]
	@$(PYTHON) scripts/setup.py test
	@$(BIN)/python scripts/field.py --role $(ROLE) --port $(PORT)

field-shots: ## draw every screen of the field app into build/shots, without a display: [ARGS="--only today"], [ARGS=--readme]
	@$(PYTHON) scripts/setup.py test
	@$(BIN)/python scripts/field_shots.py $(ARGS)

field-android-check: ## check all of the phone's package that can be checked without an SDK
	@$(PYTHON) scripts/setup.py test
	@$(BIN)/python scripts/android.py check

STRICT := gis server/flow server/policy server/clocks/rules.py $(wildcard server/*/rules.py) server/embedded server/config.py scripts server/catalogue mobile/core mobile/device mobile/service
check: ## style, types, who may import whom, schema against tables
	@$(PYTHON) scripts/setup.py test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(sort $(STRICT))
	$(BIN)/lint-imports
	$(BIN)/gridwhistle db check

bench: bench-locate bench-report bench-storm bench-stream bench-phones bench-boards bench-scroll bench-density bench-tiles bench-pages ## all measurements, written to docs/benchmarks.md

bench-locate bench-report bench-storm bench-stream bench-phones bench-boards bench-scroll bench-density bench-tiles bench-pages: ## one of them; -density, -tiles and -pages take ARGS="--events N"
	@$(PYTHON) scripts/setup.py test
	@$(BIN)/python -m bench.$(@:bench-%=%) $(ARGS)

# The lock fits every Python from Debian 12's on, and every machine; it comes from PyPI alone.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile -q --no-config --universal --python-version 3.11.2 \
           --fork-strategy fewest --generate-hashes $(if $(UPGRADE),--upgrade)
lock: ## pin what requirements/*.in ask for, with hashes: make lock [UPGRADE=1]
	$(COMPILE) -o requirements/server.lock requirements/server.in
	$(COMPILE) -c requirements/server.lock -o requirements/dev.lock requirements/dev.in
	$(COMPILE) -o requirements/android.lock requirements/android.in

sql: ## psql into the private cluster
	@$(BIN)/gridwhistle db sql

format: ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove .venv and caches; var/ with the data stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache *.egg-info
