# `make` shows what there is. Everything is set up on first use, in .venv and node_modules.

PYTHON ?= python3
VENV ?= .venv
# exact versions; empty means the newest that pyproject.toml allows
CONSTRAINTS ?= constraints.txt
# another package index for torch alone, such as PyTorch's own for CPU builds
TORCH_INDEX ?=
# the folder that holds mnist/, and so on: one beside the checkout is found by itself
export CNN_GUIDE_DATA ?= $(firstword $(abspath $(wildcard ../shared/data data)))
ifeq ($(strip $(CNN_GUIDE_DATA)),)
unexport CNN_GUIDE_DATA
endif
export NO_MKDOCS_2_WARNING = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

BIN := $(VENV)/bin
PY := $(BIN)/python
PIP_INSTALL := $(PY) -m pip install --quiet $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))
READY := $(VENV)/.ready
SITE ?= site
PORT ?= 8000

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup serve test site browser lint bench bench-inspection bench-training bench-build audit screenshots lesson clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## install everything into .venv and node_modules

serve: $(READY)  ## build the site, pages executed, and serve it; what is saved is run and reloaded
	$(PY) -m mkdocs serve --dev-addr 127.0.0.1:$(PORT) --watch cnn_guide

test: $(READY)  ## run every test and every page
	$(PY) -m pytest $(ARGS)

site: $(READY)  ## build the site into site/, in strict mode; a fault leaves the old one untouched
	$(PY) -m site_builder build --site $(SITE)

browser: $(READY) $(SITE)/index.html  ## check the built site in a real browser (needs chromium)
	CNN_GUIDE_SITE=$(SITE) $(PY) -m pytest tests/browser $(ARGS)

$(SITE)/index.html: $(READY)
	$(PY) -m site_builder build --site $(SITE)

lint: $(READY)  ## check style and types, in the code and in the pages' cells
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(PY) -m site_builder lint
	$(BIN)/mypy
	$(BIN)/zizmor --quiet --offline .github/workflows

bench: bench-inspection bench-training bench-build  ## measure summaries, training and the build of the site against their peers

bench-inspection: $(READY)
	$(PY) -m benchmarks.inspection $(ARGS)

bench-training: $(READY)
	$(PY) -m benchmarks.training $(ARGS)

bench-build: $(READY)
	$(PY) -m benchmarks.build $(ARGS)

audit: $(READY) $(SITE)/index.html  ## run Lighthouse on the built site (needs chromium)
	$(BIN)/npm ci --no-progress --silent
	CNN_GUIDE_SITE=$(SITE) $(PY) -m benchmarks.audit

screenshots: $(READY) $(SITE)/index.html  ## photograph every page of the built site into .cache/screenshots
	CNN_GUIDE_SITE=$(SITE) $(PY) -m benchmarks.screenshots .cache/screenshots

lesson: $(READY)  ## start a new page: make lesson name=foundations/my_topic
	@$(PY) -m site_builder lesson "$(name)"

clean:  ## delete what was built and cached, but not .venv
	rm -rf $(SITE) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): pyproject.toml package-lock.json $(wildcard $(CONSTRAINTS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "CNN Guide needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 setup"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments: its modules venv and ensurepip are missing."; \
	    echo "On Debian and Ubuntu: apt install python3-venv. Elsewhere, install Python from python.org."; exit 1; }
	$(PYTHON) -m venv $(VENV)
ifneq ($(strip $(TORCH_INDEX)),)
	$(PIP_INSTALL) --no-deps --index-url $(TORCH_INDEX) torch
endif
	$(PIP_INSTALL) --editable '.[dev]'
	$(BIN)/npm ci --omit=dev --no-progress --silent
	@touch $@
