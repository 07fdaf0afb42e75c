# The words of this file are those of README.md. Everything it makes lies under var/ and callcenter/console/static/; only
# Debian packages are added outside.

venv := var/venv
python := $(venv)/bin/python
ARGS ?=
CLIPS ?=
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help packages environment asterisk javascript servers browser setup demo run stop test check bench bench-day bench-speech faults clean

help:
	@echo 'make setup    everything the hotline needs, in var/ (packages of Debian by root or sudo); again: a second'
	@echo 'make demo     one red-key call from press to closed, on a real Asterisk (ARGS=--json for machines, ARGS=--desk: the desk)'
	@echo 'make run      the hotline, as config.yaml says (ARGS="--config FILE" for another)'
	@echo 'make stop     the Asterisk that `make run` left running, once its last call has ended'
	@echo 'make check    format, lint, types, imports, unit tests: a good minute'
	@echo 'make test     all tests, with real Asterisk, phones, browser, PostgreSQL and Redis (ARGS="-k word" for some)'
	@echo 'make faults   the long runs: kills, stops, floods, rubbish; ends with a table of what was lost'
	@echo 'make bench    speed beside the bare libraries'
	@echo 'make bench-day   a simulated day of daily calls for half a million elders, lived twice (SEED=1, ARGS=--quick)'
	@echo 'make bench-speech CLIPS=FOLDER   what is understood of the recordings in FOLDER/clips.tsv, and how fast'
	@echo 'make clean    removes what setup unpacked and caches; keeps the database, recordings and secrets'

packages:
	@deploy/setup/system_packages.sh

environment: packages
	@deploy/setup/virtual_environment.sh $(venv)

asterisk: packages
	@deploy/setup/private_asterisk.sh var/asterisk

javascript: environment
	@deploy/setup/javascript.sh var/javascript $(venv)

browser: environment
	@deploy/setup/private_browser.sh var/browser
	@deploy/setup/virtual_environment.sh $(venv) browser

servers: packages
	@deploy/setup/private_servers.sh var/servers

setup: environment asterisk javascript

demo: setup
	$(venv)/bin/callcenter demo $(ARGS)

run: setup
	$(venv)/bin/callcenter run $(ARGS)

stop:
	var/asterisk/bin/asterisk -C '$(CURDIR)/var/ast/etc/asterisk.conf' -rx 'core stop gracefully'

check: environment
	$(venv)/bin/ruff format --check .
	$(venv)/bin/ruff check .
	$(venv)/bin/mypy
	$(venv)/bin/lint-imports
	$(python) -m pytest tests/unit -n 3 $(ARGS)

# Calls have the machine to themselves: what computes comes first. Of the calls, the longest ones do, so that no file of
# few and long tests is left for the end.
test: setup servers browser
	$(python) -m pytest tests/unit tests/integration -m 'not faults' -n 3 $(counted) $(ARGS) || $(none_chosen)
	$(python) -m pytest tests/faults tests/acceptance -m 'not faults' -n 3 --dist loadfile --no-loadscope-reorder $(ARGS) || $(none_chosen)

# Lines are counted when all tests run; counting takes half as long as the unit tests themselves.
counted = $(if $(strip $(ARGS)),,--cov=callcenter/domain --cov=callcenter/services --cov-report=term-missing:skip-covered --cov-fail-under=95)

# ARGS may leave one part without a test, which pytest calls a 5.
none_chosen = $(if $(strip $(ARGS)),test $$? -eq 5,false)

faults: setup servers
	$(python) -m pytest -m faults --capture=no $(ARGS)

bench: setup servers browser
	$(python) -m bench.run $(ARGS)

bench-day: setup servers
	$(python) -m bench.day --seed $(SEED) $(ARGS)

bench-speech: environment
	@test -n '$(CLIPS)' || { echo 'make bench-speech CLIPS=FOLDER: a folder with recordings and clips.tsv' >&2; exit 2; }
	$(python) -m bench.speech '$(CLIPS)' $(ARGS)

clean:
	rm -rf $(venv) var/asterisk var/servers var/browser var/javascript callcenter/console/static var/*.lock var/*.new.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage *.egg-info
	find callcenter ivr dialplans storage scheduler tests bench -name __pycache__ -prune -exec rm -rf {} +
