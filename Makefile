# Everything a developer does here, by name. `make` alone lists it.

PORT ?= 8000
VENV ?= .venv
PYTHON := $(VENV)/bin/python
MANAGE := $(PYTHON) manage.py
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
FOUND_PYTHON = $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test install-dev messages lint types contracts migrations-check coverage \
	openapi clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

demo: $(VENV)/.app-installed ## Run the example newspaper on http://127.0.0.1:8000 (PORT=… for another)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) import_articles example_project/sample_articles || echo "Going on without the files named above."
	@$(MANAGE) create_demo_editor
	@$(MANAGE) serve_demo 127.0.0.1:$(PORT)

test: $(VENV)/.test-installed ## Run the tests
	@$(PYTHON) -m pytest -q

install-dev: $(VENV)/.dev-installed ## Set up everything that development needs

coverage: $(VENV)/.test-installed ## Run the tests and say what they don't reach
	@$(PYTHON) -m pytest -q --cov --cov-report=term-missing

lint: $(VENV)/.dev-installed ## Check style and format
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: $(VENV)/.dev-installed ## Check the types
	@$(PYTHON) -m mypy

contracts: $(VENV)/.dev-installed ## Check which room imports which
	@$(VENV)/bin/lint-imports

migrations-check: $(VENV)/.app-installed ## Check that the models and their migrations agree
	@$(MANAGE) makemigrations --check --dry-run

messages: $(VENV)/.dev-installed ## Collect the translatable strings and compile the catalogues
	@cd cms_news && ../$(PYTHON) -m django makemessages -l zh_Hans --no-wrap --no-obsolete --add-location file
	@cd cms_news && ../$(PYTHON) -m django compilemessages

openapi: $(VENV)/.test-installed ## Write the file that the API's schema is compared with anew
	@$(PYTHON) -m tests.api.schema.golden

clean: ## Remove the environment, the demo's database and everything generated
	@rm -rf $(VENV) build dist *.egg-info htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache \
		.hypothesis .import_linter_cache db.sqlite3* example_project/media example_project/staticfiles
	@find cms_news example_project tests -name __pycache__ -type d -exec rm -rf {} +

$(PYTHON):
	@test -n "$(FOUND_PYTHON)" || { \
		echo "cms_news needs Python 3.11 or newer; found $$(python3 --version 2>&1 || echo none)." >&2; \
		echo "Install one, or name it: make VENV=… after creating that environment yourself." >&2; \
		exit 1; }
	@echo "Creating $(VENV) with $$($(FOUND_PYTHON) --version) …"
	@$(FOUND_PYTHON) -m venv $(VENV)
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --upgrade "pip>=25.1"

$(VENV)/.app-installed: pyproject.toml | $(PYTHON)
	@echo "Installing the app …"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check -e . --group demo
	@touch $@

$(VENV)/.test-installed $(VENV)/.dev-installed: $(VENV)/.%-installed: pyproject.toml | $(PYTHON)
	@echo "Installing the $* group …"
	@$(PYTHON) -m pip install -qq --disable-pip-version-check -e . --group $*
	@touch $@
