# The one front door. `make` alone lists what there is; the work itself is in scripts/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build run test check bench mutations install uninstall fmt clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo "  SKIP_APT=1 leaves system packages to you; PYTHON=/path/to/python3 chooses the interpreter."

setup: ## install what building, running and testing need, and only what is missing
	@scripts/setup.sh test

build: ## build the host and every first-party plugin into .build/release
	@scripts/setup.sh run
	@scripts/build.sh

run: build ## run examples/quickstart and show what it made
	@scripts/quickstart.sh

test: ## run all tests; they start the servers that they need
	@scripts/setup.sh test
	@scripts/build.sh
	@scripts/test.sh

check: ## all that CI runs: headers, format, source rules, links, build, tests
	@scripts/check.sh

bench: ## measure against other tools, interleaved; prints medians, ratios and peak memory
	@scripts/setup.sh bench
	@scripts/build.sh
	@scripts/bench.sh

mutations: ## break a copy of the sources in one place after the other and show that the simulation notices each
	@scripts/mutations.py

install: ## install the programs, the plugins and the kit for plugin authors; PREFIX=/usr/local, DESTDIR
	@scripts/setup.sh install
	@scripts/build.sh
	@scripts/install.sh

uninstall: ## take away what `make install` put into PREFIX
	@scripts/install.sh remove

fmt: ## format every Swift source in place
	@scripts/format.sh

clean: ## remove what was built; .deps/ and .headrace/ stay
	@rm -rf .build
