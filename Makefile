.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
PYTHON_FOLDERS := libs services deploy tests proto

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

prepare: ## Install what is missing: Debian's packages, uv, the environment
	@deploy/lab/prepare

demo: ## Two real hosts and every service on this machine, and a machine that boots
	@deploy/lab/prepare --demo
	@services/console/web/build --if-able
	@qvdc-lab demo

down: ## Stop the demo and leave nothing behind
	@if [ -x .venv/bin/qvdc-lab ]; then qvdc-lab down; else echo "nothing was started here"; fi

generate: ## Regenerate libs/api from proto
	@proto/generate

web: ## Build the web console, if it changed
	@services/console/web/build

check: ## The quick gates: contracts, generated code, style, types, arrows
	proto/generate --vendor
	buf format --diff --exit-code proto
	buf lint
	proto/generate --check
	buf build --path proto/quantix --exclude-source-info -o build/contracts.binpb
	buf breaking build/contracts.binpb --against proto/released.binpb
	ruff check $(PYTHON_FOLDERS)
	ruff format --check $(PYTHON_FOLDERS)
	tests/types
	lint-imports

unit: ## The tests that need nothing but this environment and the stores' programs
	pytest -n 2 --dist loadscope -m "not lab and not slow" libs services

test: prepare check unit ## What CI runs: check, unit, store, wire, mesh and lab tests, the web console's build and units
	pytest -m "not slow" tests/model tests/mesh
	pytest -m "lab and not slow" libs services
	pytest -m "not slow" tests/lab
	services/console/web/build
	npm --silent --prefix services/console/web test

web-dev: ## The web console's development server on 5173, before a door on 8080 (or DOOR=http://host:port)
	@services/console/web/build --modules
	npm --silent --prefix services/console/web run dev

web-test: web ## The web console in Chromium: main paths, every page and its states
	@deploy/lab/prepare --web
	pytest -m "web and not bench" tests/web

web-bench: web ## The web console with 200 hosts and 5,000 machines
	@deploy/lab/prepare --web
	pytest -s -m "web and bench" tests/web

soak: ## The long runs: what make test does in a short seeded form
	pytest -m "slow and not lab" libs services
	pytest -m slow tests/model tests/mesh
	pytest -m slow tests/lab
	@deploy/lab/prepare --web
	pytest -m "web and slow and not bench" tests/web

bench: ## Measure each figure beside its floor; NAME=... chooses one
	@python -m tests.bench $(NAME)

.PHONY: help prepare demo down generate web web-dev web-test web-bench check unit test soak bench
