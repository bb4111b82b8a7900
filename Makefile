# Everything starts here. The first run of any target sets the machine up; later runs see at once
# that there is nothing to do.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PORT ?= 8000
BENCHES := intake stock availability pickable hotsku feed promise sourcing joint network
# A process for each core, whole files at a time: tests of one file may share a server.
IN_PARALLEL := --numprocesses=auto --maxprocesses=4 --dist=loadfile
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-config

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test check lint format types contracts screenshots \
	bench bench-intake bench-stock bench-availability bench-feed bench-pickable bench-hotsku \
	bench-promise bench-sourcing bench-decide bench-joint bench-network \
	lock openapi messages clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(READY)  ## Make .venv with the locked dependencies

# The stamp is as new as the last set-up that ended well: an interrupted one is done again.
$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Chaland needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## Serve a living retailer on http://127.0.0.1:8000
	@$(BIN)/chaland demo --port $(PORT)

demo-reset: $(READY)  ## Throw the demo's data away, then serve a new one
	@$(BIN)/chaland demo --port $(PORT) --reset

test: lint  ## Pass everything
	$(BIN)/pytest $(IN_PARALLEL)

lint: $(READY)  ## Check form, types, contracts, migrations and the API's description
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	CHALAND_DATA=.chaland-test $(BIN)/chaland manage makemigrations --check --dry-run
	CHALAND_DATA=.chaland-test $(BIN)/chaland openapi --check

format: $(READY)  ## Put the sources in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(READY)  ## Write openapi.json anew
	$(BIN)/chaland openapi

messages: $(READY)  ## Compile the translations
	@for folder in src/chaland/*/locale; do \
		$(BIN)/pybabel --quiet compile --directory $$folder --domain django --statistics; done

screenshots: $(READY)  ## Take the pictures of the README
	$(BIN)/python docs/screenshots.py

bench: $(READY)  ## Run every benchmark
	@for name in $(BENCHES); do $(BIN)/python -m bench.$$name || exit 1; done

bench-intake: $(READY)  ## Orders per second, beside the same rows written by pgbench
	@$(BIN)/python -m bench.intake

bench-stock: $(READY)  ## Reading and reserving stock for a batch, beside the plain ways
	@$(BIN)/python -m bench.stock

bench-feed: $(READY)  ## A million counted lines and a hundred thousand differences, beside raw COPY and INSERT
	@$(BIN)/python -m bench.feed

bench-availability: $(READY)  ## Answers to product pages while orders come in, beside pgbench
	@$(BIN)/python -m bench.availability

bench-pickable: $(READY)  ## How well Chaland knows what can be picked, beside each shop's own rate
	@$(BIN)/python -m bench.pickable

bench-network: $(READY)  ## A retailer's week: nearest shop, warehouse first, greedy, Chaland, beside the bound
	@$(BIN)/python -m bench.network

bench-promise: $(READY)  ## Promised days against what happened, beside Olist's own promise
	@$(BIN)/python -m bench.promise

bench-sourcing: $(READY)  ## Orders placed one after the other, beside what hindsight would have done
	@$(BIN)/python -m bench.sourcing

bench-decide: $(READY)  ## What one decision costs from 20 to 2,000 locations, beside one SELECT 1
	@$(BIN)/python -m bench.decide

bench-joint: $(READY)  ## Waiting orders assigned together, beside one by one and the bound
	@$(BIN)/python -m bench.joint

bench-hotsku: $(READY)  ## A flash sale of one SKU, beside the disk's fdatasync
	@$(BIN)/python -m bench.hotsku

lock: $(READY)  ## Resolve the dependencies anew
	$(COMPILE) --upgrade pyproject.toml --group dev --output-file requirements-dev.txt
	$(COMPILE) pyproject.toml --constraint requirements-dev.txt --output-file requirements.txt

clean:  ## Remove what set-up, tests and tools made; data stays
	rm -rf $(VENV) .chaland-test .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist
