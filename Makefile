# On a fresh machine with Python 3.11 and make: `make demo` shows, `make test` proves.
PYTHON ?= python3.11
VENV ?= .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
# Training and export need torch; any build will do for the tests.
TORCH ?= torch==2.13.0

.PHONY: demo test test-extras test-all night check bench wheel clean

demo: $(VENV)/.live
	$(PY) -m live.demo

# What plays in real time has the machine to itself, known by the words of a test that waits; all
# else runs two at a time, also whole shows that mostly wait and are judged generously.
WAITS := sleep|perf_counter|monotonic|subprocess|[Tt]hread|stage_program|mark\.device|Popen|until
PATIENT := $(patsubst %,tests/test_live_%.py,cli endings guard night panel_screen player recorder sources stall window_screens)
REAL_TIME := $(filter-out $(PATIENT),$(shell grep -lE '$(WAITS)' tests/test_live_*.py tests/test_long_*.py))

test: export OMP_NUM_THREADS = 1
test: $(VENV)/.dev
	$(PY) -m pytest -n 2 --dist loadfile $(filter-out $(REAL_TIME) $(PATIENT),$(wildcard tests/test_*.py))
	$(PY) -m pytest -n 2 --dist loadfile $(PATIENT)
	$(PY) -m pytest $(REAL_TIME)

# What needs the extras video, ray and face, much more; there nothing may be skipped.
test-extras: export OMP_NUM_THREADS = 1
test-extras: export DANCELIVE_NO_SKIP = 1
test-extras: export DANCELIVE_NETWORKS = $(abspath $(VENV))/networks
test-extras: $(VENV)/.extras
	$(PY) -m pytest -m extra $(shell grep -l 'mark.extra' tests/test_*.py)

test-all: test
	$(MAKE) test-extras

# What people install who have no checkout, built and tried in an empty environment of this Python.
wheel: $(VENV)/.live
	$(PY) -m benchmarks.wheel --python $(shell $(PY) -c 'import platform; print(platform.python_version())')

# Three minutes each of a soak and of chaos, side by side.
night: $(VENV)/.dev
	$(PY) -m benchmarks.soak --hours 0.05 --every 15 --patience 3 & soak=$$!; \
	$(PY) -m benchmarks.chaos --nights 3 --patience 3; chaos=$$?; \
	wait $$soak && exit $$chaos

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(PY)
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(PY) -m benchmarks.all

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

# The live program alone: no torch.
$(VENV)/.live: $(VENV)/.made pyproject.toml
	@echo "Installs 0.8 GB of packages; this takes some minutes, in which nothing more is said."
	$(PIP) -e '.[cpu]'
	touch $@

# torch first and by itself, so that nothing exchanges it for another build.
$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(PIP) $(TORCH)
	$(PIP) -e '.[cpu,chip,discovery,ndi,midi,link,train,export,eval,dev]'
	touch $@

$(VENV)/.extras: $(VENV)/.dev
	$(PIP) -e '.[cpu,chip,discovery,ndi,midi,link,train,export,eval,dev,video,ray,face]'
	$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
		--platform manylinux_2_17_x86_64 -d $(VENV)/networks mediapipe==0.10.14
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
