# `make app` opens the explorer, `make test` proves it, two files of tests at a time. Both set up
# .venv when it is missing.
PYTHON ?= python3
PORT ?= 8501
READY = .venv/.installed

.PHONY: app test lint clean

app: $(READY)
	.venv/bin/streamlit run streamlit_app.py --server.port $(PORT)

test: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/python -m pytest -n 2 --dist loadfile

# Touched only after pip succeeded, so an interrupted installation is done again.
$(READY): requirements.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --quiet --requirement requirements.txt
	touch $(READY)

clean:
	rm -rf .venv
