# Everything a developer types; `make` alone lists it.

# A developer's machine: no secret has to be set first.
export DEBUG := on
export PORT ?= 8000
export SITE_URL ?= http://127.0.0.1:$(PORT)
PYTHON := .venv/bin/python
# The suite runs on all cores; `make test ARGS="-k recap"` narrows it.
PYTEST := -m pytest --numprocesses auto --dist loadgroup $(ARGS)

.PHONY: help setup run test lint schema bench faults lock

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name what; do \
		printf 'make %-7s %s\n' "$$name" "$$what"; done

setup: ## Prepare .venv and what pip cannot bring
	@bash scripts/setup.sh

run: setup ## Migrate, fill in demo data, run the daily run, serve 127.0.0.1:8000 (PORT=8001 for another)
	@bash scripts/run.sh

test: ## The whole suite on SQLite, then on a PostgreSQL of its own
	@bash scripts/setup.sh dev
	@echo "The suite on SQLite"
	@env -u DATABASE_URL $(PYTHON) $(PYTEST)
	@echo "The suite on PostgreSQL"
	@$(PYTHON) tests/postgres.py $(PYTHON) $(PYTEST)

lint: ## ruff, mypy, and that imports point down the house
	@bash scripts/setup.sh dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

schema: ## Write docs/openapi.yaml, the contract of the API, from the code
	@bash scripts/setup.sh
	@$(PYTHON) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

bench: ## Everything beside its reference, on a million saves (ARGS="--saves …": the boards alone)
	@bash scripts/setup.sh dev
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/boards.py $(ARGS)
	@env -u DATABASE_URL $(PYTHON) benchmarks/boards.py $(ARGS)
ifndef ARGS
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/stored.py
	@$(PYTHON) tests/postgres.py --durable $(PYTHON) benchmarks/hearts.py
	@env -u DATABASE_URL $(PYTHON) benchmarks/hearts.py
	@$(PYTHON) tests/postgres.py --durable $(PYTHON) benchmarks/indexes.py
	@env -u DATABASE_URL $(PYTHON) benchmarks/indexes.py
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/imports.py
	@$(PYTHON) tests/postgres.py --durable $(PYTHON) benchmarks/notices.py
	@env -u DATABASE_URL $(PYTHON) benchmarks/notices.py
	@$(PYTHON) benchmarks/cards.py
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/size.py --large 10000000
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/faults_boards.py --write
	@env -u DATABASE_URL $(PYTHON) benchmarks/faults_boards.py --write
endif

faults: ## Do to the daily run what can happen to it, for an hour, and count what is lost
	@bash scripts/setup.sh dev
	@env -u DATABASE_URL $(PYTHON) benchmarks/faults_digest.py --write
	@$(PYTHON) tests/postgres.py $(PYTHON) benchmarks/faults_digest.py --write

lock: ## Pin what pyproject.toml asks for (ARGS=--upgrade for the newest)
	@python3 scripts/lock.py $(ARGS)
