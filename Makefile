# `make app` opens the explorer, `make test` proves it, two files of tests at a time. Both set up
# .venv when it is missing, `make test` also node_modules, which checks the JavaScript, and which a
# page without a server is made of. With LOCKED=1 the packages are exactly those of
# requirements.lock. Programs of .venv are called through its Python, since their own first lines
# hold the folder's name, and a folder may be renamed.
PYTHON ?= python3
PORT ?= 8501
READY = .venv/.installed
# npm and what it installed look for node by its name; the machine may have none, or another.
NPM = PATH="$(CURDIR)/.venv/bin:$$PATH" npm
NODE_READY = node_modules/.installed

.PHONY: app test clean

app: $(READY)
	.venv/bin/python -m streamlit run streamlit_app.py --server.port $(PORT)

test: $(READY) $(NODE_READY)
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	$(NPM) test
	.venv/bin/python -m pytest -n 2 --dist loadfile

# Touched only after pip succeeded, so an interrupted installation is done again.
$(READY): requirements.txt
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo \
		"expected Python 3.11 or newer; found $$($(PYTHON) --version 2>&1);" \
		"name another one: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install --quiet --quiet --requirement requirements.txt \
		$(if $(LOCKED),--constraint requirements.lock)
	touch $(READY)

# Exactly as in the lock file; node itself came by pip.
$(NODE_READY): package.json package-lock.json .npmrc | $(READY)
	$(NPM) ci --loglevel=error
	touch $(NODE_READY)

clean:
	rm -rf .venv node_modules
