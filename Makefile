# Everything is set up in .venv (lab, tests, browser) and .venvs (the rest); `make` alone lists what there is.
# Versions come from the lock files; pip is given them as constraints, so each target installs only what it needs.

PYTHON ?= python3
LAB_FLAGS ?=
LOCK_FLAGS ?=
BENCH_FLAGS ?=

# -P keeps the checkout off the import path: the tests see the installed package.
PY = .venv/bin/python -P
PYTEST = -P -m pytest
# Two processes have a core each: threads of their own would only take turns there.
TWO = OMP_NUM_THREADS=1
# The rest of the tests need a browser or a framework.
PLAIN_TESTS = tests --ignore=tests/browser --ignore=tests/frameworks
NBVAL = --nbval --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadfile
# Lessons 14 and 15 show what frameworks print; without them they run too, and say what is missing.
FRAMEWORK_LESSONS = $(wildcard notebooks/14_*.ipynb notebooks/15_*.ipynb)
PLAIN_NOTEBOOKS = $(filter-out $(FRAMEWORK_LESSONS),$(wildcard notebooks/*.ipynb))
# Compiling while installing takes longer than compiling the few modules that are imported.
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check --no-compile --prefer-binary
# The first import lists the fonts, and prints a line about it where that is slow: not in a notebook.
FONTS = -c 'import matplotlib.font_manager'

# The notebooks are compared as they are without any progress or cache, and the learner's are left alone.
WITHOUT_PROGRESS = MBTUTOR_PROGRESS="$(CURDIR)/build/no-progress.json" MBTUTOR_CACHE="$(CURDIR)/build/cache"

# Modules of another project must not be seen here, and every start is slow without stored bytecode.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab lab-frameworks test test-browser test-frameworks test-lowest bench notebooks lint lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' Makefile

lab: .venv/.lab  ## open JupyterLab on the first notebook (more options: LAB_FLAGS=...)
	$(PY) $(JUPYTERLAB)/$(FIRST) $(AS_ROOT) $(LAB_FLAGS)

lab-frameworks: .venvs/frameworks/.ready  ## the same with PyTorch, Keras, TensorFlow, ONNX and Dask, on lesson 14
	.venvs/frameworks/bin/python -P $(JUPYTERLAB)/$(notdir $(firstword $(FRAMEWORK_LESSONS))) $(AS_ROOT) $(LAB_FLAGS)

test: .venv/.test  ## every test that needs neither a browser nor a framework, notebooks included
	$(WITHOUT_PROGRESS) .venv/bin/python $(PYTEST) $(NBVAL) --junitxml=build/notebooks.xml $(PLAIN_NOTEBOOKS)
	NBVAL_REPORT=build/notebooks.xml $(TWO) .venv/bin/python $(PYTEST) -n 2 tests/test_notebooks.py
	$(TWO) .venv/bin/python $(PYTEST) -n 2 $(PLAIN_TESTS) --ignore=tests/test_notebooks.py

test-browser: .venv/.browser  ## the lab in Chromium (install Chromium first, or name it in CHROMIUM=...)
	$(TWO) .venv/bin/python $(PYTEST) -n 2 --dist loadfile tests/browser

test-frameworks: .venvs/frameworks/.ready  ## against PyTorch, Keras and TensorFlow, lessons 14 and 15 included
	$(WITHOUT_PROGRESS) .venvs/frameworks/bin/python $(PYTEST) $(NBVAL) --junitxml=build/frameworks.xml $(FRAMEWORK_LESSONS)
	NBVAL_REPORT=build/frameworks.xml KERAS_BACKEND=torch $(TWO) \
	  .venvs/frameworks/bin/python $(PYTEST) -n 2 --dist loadfile tests/frameworks

test-lowest: .venvs/lowest/.ready  ## the tests again, on Python 3.11 and the oldest versions promised
	.venvs/lowest/bin/python $(PIP_INSTALL) --force-reinstall --no-deps .
	$(TWO) .venvs/lowest/bin/python $(PYTEST) -n 2 tests/test_notebooks.py -k 'not any_order and not changed_number'
	$(TWO) .venvs/lowest/bin/python $(PYTEST) -n 2 $(PLAIN_TESTS) \
	  --ignore=tests/test_mutants.py --ignore=tests/test_notebooks.py

bench: .venvs/bench/.ready  ## time an update beside PyTorch, scikit-learn and JAX
	.venvs/bench/bin/python -m benchmarks.updates $(BENCH_FLAGS)

notebooks: .venv/.test .venvs/frameworks/.ready  ## link the lessons, run every notebook in place and store its outputs
	$(PY) notebooks/link.py
	$(PY) notebooks/refresh.py $(PLAIN_NOTEBOOKS)
	.venvs/frameworks/bin/python -P notebooks/refresh.py $(FRAMEWORK_LESSONS)

lint: .venv/.test  ## ruff
	$(PY) -m ruff check .

# LOCK_FLAGS=--upgrade takes the newest versions. torch stays at the release that was tested: raise it by hand.
lock: .venvs/lock/.ready  ## write the lock files anew from pyproject.toml
	$(COMPILE) pyproject.toml --universal --extra test --extra browser -o requirements.lock
	echo torch==2.13.0 | $(COMPILE) pyproject.toml - -c requirements.lock --universal --no-annotate \
	  --extra test --extra frameworks --extra bench -o requirements-frameworks.lock
	$(COMPILE) pyproject.toml --universal --upgrade --resolution lowest-direct --extra test -o requirements-lowest.lock

COMPILE = UV_CUSTOM_COMPILE_COMMAND='make lock' .venvs/lock/bin/uv pip compile --quiet --no-emit-index-url \
  --python-version 3.11 $(LOCK_FLAGS)

clean:  ## remove everything that make made
	rm -rf .venv .venvs build .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

JUPYTERLAB = -m jupyterlab --ip=127.0.0.1 --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree
FIRST = $(notdir $(firstword $(wildcard notebooks/00_*.ipynb)))
# A container's only user is often root, whom Jupyter turns away unless told; it listens on this machine alone.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)

# $(call venv,FOLDER,PYTHON): a virtual environment, with a clear word when Python is missing or too old.
define venv
	@command -v $(2) >/dev/null || { echo "$(2) not found: install Python 3.11 or newer"; exit 1; }
	@$(2) -c 'import sys; sys.exit("mbtutor needs Python 3.11 or newer; $(2) is %d.%d.\
	 Say make PYTHON=python3.12, for example." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(1): a minute or two, the first time"
	test -x $(1)/bin/python || $(2) -m venv $(1)
endef

# No lesson needs the network: JupyterLab neither asks whether to fetch news nor looks for updates.
QUIET = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}
define quiet
	@mkdir -p $(1)/share/jupyter/lab/settings
	@echo '$(QUIET)' > $(1)/share/jupyter/lab/settings/overrides.json
endef

# A stamp a set: a second run starts at once, and a change of the versions installs again.
.venv/.lab: pyproject.toml requirements.lock
	$(call venv,.venv,$(PYTHON))
	.venv/bin/python $(PIP_INSTALL) -c requirements.lock -e .
	.venv/bin/python $(FONTS)
	$(call quiet,.venv)
	@touch $@

.venv/.test: .venv/.lab
	.venv/bin/python $(PIP_INSTALL) -c requirements.lock -e '.[test]'
	@touch $@

.venv/.browser: .venv/.test
	.venv/bin/python $(PIP_INSTALL) -c requirements.lock -e '.[browser]'
	@touch $@

.venvs/frameworks/.ready: pyproject.toml requirements-frameworks.lock
	$(call venv,.venvs/frameworks,$(PYTHON))
	.venvs/frameworks/bin/python $(PIP_INSTALL) -c requirements-frameworks.lock -e '.[test,frameworks]'
	$(call quiet,.venvs/frameworks)
	@touch $@

.venvs/bench/.ready: pyproject.toml requirements-frameworks.lock
	$(call venv,.venvs/bench,$(PYTHON))
	.venvs/bench/bin/python $(PIP_INSTALL) -c requirements-frameworks.lock -e '.[bench]'
	@touch $@

OLDEST_PYTHON ?= $(or $(shell command -v python3.11),python3)
.venvs/lowest/.ready: pyproject.toml requirements-lowest.lock
	$(call venv,.venvs/lowest,$(OLDEST_PYTHON))
	.venvs/lowest/bin/python $(PIP_INSTALL) -c requirements-lowest.lock '.[test]'
	.venvs/lowest/bin/python $(FONTS)
	@touch $@

.venvs/lock/.ready:
	$(call venv,.venvs/lock,$(PYTHON))
	.venvs/lock/bin/python $(PIP_INSTALL) 'uv >=0.8'
	@touch $@
