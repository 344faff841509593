# Each target sets up what it needs first; doing so again takes a moment.
.PHONY: demo test serve lint security bench shots lock setup setup-tests
RUN := .venv/bin/
unexport PYTHONDONTWRITEBYTECODE  # each start would compile the whole product again

demo: setup  ## a made-up company to walk through, on http://127.0.0.1:8080
	DEMO=1 COMPANY=Winterlane VAR_DIR=var/demo $(RUN)dualtrack demo
	DEMO=1 COMPANY=Winterlane VAR_DIR=var/demo $(RUN)dualtrack serve

test: setup-tests  ## every test
	$(RUN)python -m pytest -n auto --dist loadfile --no-loadscope-reorder

serve: setup  ## an installation of your own, without demo data
	$(RUN)dualtrack compile
	$(RUN)dualtrack serve

lint: setup-tests
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)mypy
	$(RUN)djlint templates --lint
	$(RUN)lint-imports
	$(RUN)deptry .
	$(RUN)pybabel -q extract -F babel.cfg -o /dev/null .

security: setup-tests  ## gates over the source and over a demo that is attacked
	.ci/security.sh

bench: setup-tests  ## what the figures of the README come from
	$(RUN)python -m bench all

shots: setup-tests  ## the pictures of the documents
	$(RUN)python -m docs.shots

lock: setup-tests  ## pin the newest versions that pyproject.toml allows
	.ci/lock.sh

setup:
	@.ci/setup.sh run

setup-tests:
	@.ci/setup.sh test
