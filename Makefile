# make demo             the app and the console with two weeks of made-up contacts
# make test             everything, in a fresh virtual environment
# make test PYTHON=...  the same with another interpreter (its environment lies beside the first)
# make proof            the store's and the exchange's proofs, and the station's description, at full length; most of an hour
# make bench-ui         the app in the browser against a bare Flet counter (docs/figures.md); ten minutes
# make bench-intake     a fleet of devices at the station, against plain INSERTs into its database; four minutes
# make bench-pages      the console's pages over a million contacts on each database (docs/figures.md); a quarter of an hour
# make bench-tap        one durable tap against the disk's floor, SQLite and TinyDB; make bench-open the same for opening
# make figures          both, written into docs/figures.md with a picture; ten minutes on a quiet machine
PYTHON ?= python3
VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
BIN = $(VENV)/bin
PYTEST_ARGS ?= --numprocesses auto --dist worksteal

.PHONY: demo demo-reset test proof pictures bench-ui bench-tap bench-open bench-exchange bench-intake bench-pages figures check clean

test: $(VENV)/installed
	@.ci/get-chromium
	@.ci/get-postgres
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The default run has the same proofs, shorter.
proof: $(VENV)/installed
	CONTACT755_PROOF=long $(BIN)/python -m pytest $(PYTEST_ARGS) --timeout=3600 tests/proof tests/link tests/station/test_openapi.py

# A station with two weeks behind it, and the app, on this machine alone; Ctrl-C ends both.
demo: $(VENV)/installed
	@$(BIN)/python -m demo

demo-reset:
	rm -rf .demo

# The pictures in docs/, taken by the tests in the browser.
pictures: $(VENV)/installed
	@.ci/get-chromium
	CONTACT755_PICTURES=build/pictures $(BIN)/python -m pytest tests/browser
	mkdir -p docs/pictures
	cd build/pictures && cp sign-on.png log.png shift.png outbox.png ../../docs/pictures/
	cp build/pictures/console-sheet-light-desk.png docs/pictures/worksheet.png

# Launch to first frame, and tap to visible, against a bare Flet counter in the same run (docs/figures.md).
bench-ui: $(VENV)/installed
	@.ci/get-chromium
	$(BIN)/python -m bench.ui

# The local store: a tap, and opening, a line of JSON per figure.
bench-tap: $(VENV)/installed
	@$(BIN)/python -m bench.tap

bench-open: $(VENV)/installed
	@$(BIN)/python -m bench.open

# Sending over a bad link, a line of JSON per figure; its table in docs/figures.md is written by hand from them.
bench-exchange: $(VENV)/installed
	@$(BIN)/python -m bench.exchange

# A fleet of devices at the station, against the same rows written straight into its database; its table likewise.
bench-intake: $(VENV)/installed
	@.ci/get-postgres
	@$(BIN)/python -m bench.intake

# The console's pages over a station of three years, a line of JSON per figure; its section likewise is written from them, and
# its picture drawn: python -m bench.pages_picture LINES…
bench-pages: $(VENV)/installed
	@.ci/get-postgres
	@$(BIN)/python -m bench.pages

# Both again, then their tables and picture (docs/figures.md); `python -m bench.figures` alone writes the last ones again.
figures: $(VENV)/installed
	mkdir -p build/bench
	$(BIN)/python -m bench.tap > build/bench/tap.new && mv build/bench/tap.new build/bench/tap.jsonl
	$(BIN)/python -m bench.open > build/bench/open.new && mv build/bench/open.new build/bench/open.jsonl
	$(BIN)/python -m bench.figures

# The quick checks alone; the default run contains them as tests.
check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Contact 755 needs Python 3.11 or newer; $(PYTHON) is older or missing. Try: make test PYTHON=python3.13"; exit 1; }
	@.ci/make-venv "$(PYTHON)" "$(VENV)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[web,station,dev]'
	@touch $@

clean:
	rm -rf .venv .venv-* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
