# `make app` opens the explorer, `make test` proves it, two files of tests at a time. Both set up
# .venv when it is missing, `make test` also node_modules, which only checks the JavaScript.
PYTHON ?= python3
PORT ?= 8501
READY = .venv/.installed
# npm and what it installed look for node by its name; the machine may have none, or another.
NPM = PATH="$(CURDIR)/.venv/bin:$$PATH" npm
NODE_READY = node_modules/.installed

.PHONY: app test clean

app: $(READY)
	.venv/bin/streamlit run streamlit_app.py --server.port $(PORT)

test: $(READY) $(NODE_READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	$(NPM) test
	.venv/bin/python -m pytest -n 2 --dist loadfile

# Touched only after pip succeeded, so an interrupted installation is done again.
$(READY): requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --quiet --requirement requirements.txt
	touch $(READY)

# Two packages, exactly as in the lock file; node itself came by pip.
$(NODE_READY): package.json package-lock.json .npmrc | $(READY)
	$(NPM) ci --loglevel=error
	touch $(NODE_READY)

clean:
	rm -rf .venv node_modules
