# The scripts are the truth; make only names them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check lock screenshots

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST)

setup:  ## install what is missing, for working on the program
	bash scripts/setup --dev

demo:  ## the whole way of a sample batch
	bash scripts/demo

test:  ## every check and every test
	bash scripts/test

screenshots:  ## every page of the portal, into docs/screens/
	.venv/bin/python -m samples.screenshots

check:  ## format, lint, types, import contracts
	bash scripts/check

lock:  ## resolve the dependencies anew (needs the network)
	bash scripts/lock
