# `make help` lists what can be made. Each target builds or refreshes .venv by itself.

OLDEST := 3.11
PYTHON ?= python3
PORT ?= 8000
.DEFAULT_GOAL := help
.PHONY: help demo run test next check terraform soak bench pictures lock clean

help:  ## Lists the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: .venv/base  ## Runs everything on this machine with stand-ins; ONCE=1 ends by itself
	@.venv/bin/python manage.py demo $(if $(ONCE),--once) $(if $(DEMO_PORT),--port $(DEMO_PORT))

run: .venv/base  ## Serves on 127.0.0.1:PORT (8000) with the local settings
	.venv/bin/python manage.py migrate --verbosity 0
	TASK_HANDLER_URL=http://127.0.0.1:$(PORT)/webhook-listeners/whatsapp \
		DJANGO_SETTINGS_MODULE=visn_whatsapp.settings.local VIRTUAL_ENV=$(CURDIR)/.venv \
		HOST=127.0.0.1 PORT=$(PORT) THREADS=8 deploy/serve

test: .venv/dev  ## Runs the tests on SQLite, and on PostgreSQL where it is found; ARGS for pytest
	.venv/bin/python -m tests $(ARGS)

next: .venv/dev  ## The tests on SQLite with the next Django, on a newer Python if there is one
	.venv/bin/python -m tests.next $(ARGS)

check: .venv/dev  ## Format, lint, types, imports, migrations, deployment checks, known vulnerabilities
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python manage.py makemigrations --check --dry-run --settings visn_whatsapp.settings.test
	.venv/bin/python -m tests.production .venv/bin/python manage.py check --deploy --fail-level DEBUG
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	.venv/bin/python -m tests.audit

terraform: .venv-deploy/installed  ## The Terraform module: validated, planned, checked, compared with the guide
	REQUIRE_TERRAFORM=1 .venv/bin/python -m pytest -n 2 tests/deploy/terraform $(ARGS)

soak: .venv/dev  ## Mixed traffic and random faults for SECONDS (600); judged by a model of the rules
	.venv/bin/python -m tests.soak --seconds $(or $(SECONDS),600)

bench: .venv/dev .venv-bench/installed  ## What everything costs, beside what others do; ARGS for benchmarks
	.venv/bin/python -m benchmarks $(ARGS)

pin = .venv/bin/uv pip compile --quiet --universal --python-version $(1) --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

pictures: .venv/dev  ## Takes the README's pictures from the demonstration; needs Chromium
	.venv/bin/python -m tests.pictures

lock: .venv/dev  ## Pins requirements/*.in with hashes; UPGRADE=1 takes newer versions
	$(call pin,$(OLDEST)) $(if $(UPGRADE),--upgrade) requirements/base.in -o requirements/base.txt
	$(call pin,$(OLDEST)) $(if $(UPGRADE),--upgrade) --constraint requirements/base.txt \
		requirements/otel.in -o requirements/otel.txt
	$(call pin,$(OLDEST)) $(if $(UPGRADE),--upgrade) --constraint requirements/base.txt \
		--constraint requirements/otel.txt requirements/dev.in -o requirements/dev.txt
	$(call pin,$(OLDEST)) $(if $(UPGRADE),--upgrade) --constraint requirements/base.txt \
		requirements/bench.in -o requirements/bench.txt
	$(call pin,$(OLDEST)) $(if $(UPGRADE),--upgrade) requirements/deploy.in -o requirements/deploy.txt
	cat requirements/base.txt requirements/dev.txt >requirements/next.txt  # the same versions but for
	$(call pin,3.12) --override requirements/next.in \
		requirements/base.in requirements/dev.in -o requirements/next.txt

clean:  ## Removes .venv and everything that tools left behind; keeps db.sqlite3
	rm -rf .venv .venv-next .venv-bench .venv-deploy .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# .venv is made anew whenever the requirements change, so it never holds what they no longer name.
.venv/base: requirements/base.txt
	@$(PYTHON) -c 'import sys; sys.exit([*sys.version_info[:2]] < [int(n) for n in "$(OLDEST)".split(".")])' || { \
		echo "Python $(OLDEST) or newer is needed; name one with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu:" >&2; \
		echo "apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/base.txt
	@touch $@

.venv/dev: .venv/base requirements/dev.txt
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/dev.txt
	@touch $@

.venv-bench/installed: requirements/bench.txt
	$(PYTHON) -m venv --clear .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/bench.txt
	@touch $@

.venv-deploy/installed: .venv/dev requirements/deploy.txt
	$(PYTHON) -m venv --clear .venv-deploy
	.venv/bin/uv pip install --quiet --python .venv-deploy --require-hashes -r requirements/deploy.txt
	@touch $@
