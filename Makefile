# What one does with Baton; `make` alone lists it. The work is in Scripts/, so that each step also runs by itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo demo-qemu faults-qemu relay-qemu test bench verify soak fuzz charts lint clean prepare floors embedded asan \
  coverage arms examples docs symbols mutate vm-test libbaton \
  install uninstall deb

# Arguments of `baton demo`, such as DEMO_ARGS="--handovers 50 --queues 4".
DEMO_ARGS ?=
# A regular expression over test names: make test FILTER=CoreTests
FILTER ?=
# 1: measure line coverage and fail where Core, Mig or Net is at 85 % or less.
COVERAGE ?=
# Arguments of the benchmarks.
BENCH_ARGS ?=
# Arguments of `baton soak`, such as SOAK_ARGS="--cases 10000 --seed 7".
SOAK_ARGS ?=
# Seconds for each target, and targets.
FUZZ_ARGS ?=
# --quick: only what takes seconds.
VERIFY_ARGS ?=
# Net or Mig: whose charts lose an arm at a time.
ROOM ?= Net
# Numbers or parts of names of Mutants, and options: MUTATE_ARGS="--jobs 1 seals"
MUTATE_ARGS ?=
# Kernels and cases: VM_ARGS="--kernel 5.10 --case demo", VM_ARGS=--quick
VM_ARGS ?=
# Where the drawings go.
CHARTS ?= StateCharts
# 1: make pages that replay traces as well.
PAGES ?=

DEB_ARGS ?=
# Where things are installed: PREFIX=/usr DESTDIR=/tmp/tree
PREFIX ?= /usr/local
DESTDIR ?=
# 1: install or uninstall libbaton-core, the small library, and nothing else.
CORE ?=

export PREFIX DESTDIR CORE FILTER COVERAGE PAGES

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## hand a live TAP from process to process and show what it cost (DEMO_ARGS=...)
	@Scripts/prepare.sh kernel
	swift build --traits Command -c release --product baton
	.build/release/baton demo $(DEMO_ARGS)

demo-qemu: ## replace the backend and an unmodified QEMU under a running guest (DEMO_ARGS=...)
	@Scripts/prepare.sh kernel tools
	swift build --traits Command -c release --product baton
	@Scripts/demo-qemu.sh .build/release/baton $(DEMO_ARGS)

faults-qemu: ## cancel, fail and kill migrations, QEMUs and backends under a running guest (DEMO_ARGS=...)
	@Scripts/prepare.sh kernel tools
	swift build --traits Command -c release --product baton
	@Scripts/demo-qemu.sh faults .build/release/baton $(DEMO_ARGS)

relay-qemu: ## replace QEMUs under their guest with `baton relay`, and let everything fail that can (DEMO_ARGS=...)
	@Scripts/prepare.sh kernel tools
	swift build --traits Command -c release --product baton
	@Scripts/demo-qemu.sh relay .build/release/baton $(DEMO_ARGS)

test: ## build and run all tests (FILTER=regex, COVERAGE=1)
	@Scripts/prepare.sh kernel
	@Scripts/test.sh

examples: ## build the packages of Examples as a stranger would, and run them
	@Scripts/prepare.sh kernel tools
	@Scripts/examples.sh

libbaton: ## build the C library with Swift's runtime in it, and compare its symbols and layouts with the lists
	@Scripts/prepare.sh
	@Scripts/libbaton.sh

install: ## install library, header, command, manual, completions and units (PREFIX=/usr/local DESTDIR=, CORE=1: libbaton-core alone)
	@Scripts/prepare.sh
	@Scripts/install.sh install

uninstall: ## remove exactly that (CORE=1: libbaton-core)
	@Scripts/install.sh uninstall

deb: ## make a Debian package of that (DEB_ARGS=--test: install it in a clean Debian, and run the guide there)
	@Scripts/prepare.sh
	@Scripts/deb.sh $(DEB_ARGS)

bench: ## run the benchmarks (BENCH_ARGS=...)
	@Scripts/prepare.sh kernel
	@Scripts/bench.sh $(BENCH_ARGS)

verify: ## compare the explorer with SPIN, and hunt the charts' mutants
	@Scripts/prepare.sh kernel tools
	swift build --traits Command -c release --product baton
	@Scripts/verify.sh $(VERIFY_ARGS)

mutate: ## break the code in one line at a time, and look which test notices (MUTATE_ARGS=...)
	@Scripts/prepare.sh kernel tools
	@Scripts/mutate.py $(MUTATE_ARGS)

soak: ## simulated handovers with faults, deaths at every system call, two threads at every barrier, one pair of processes for long (SOAK_ARGS=...)
	@Scripts/prepare.sh kernel tools
	swift build --traits Command -c release --product baton
	.build/release/baton soak $(SOAK_ARGS)
	.build/release/baton soak --real
	.build/release/baton soak --errors
	.build/release/baton soak --guest 2000
	.build/release/baton soak --ring 10
	.build/release/baton soak --pair 100000
	.build/release/baton soak --pair 2000 --taps 100

vm-test: ## run tests and handovers on Debian's kernels from 5.10 on, emulated (VM_ARGS=...)
	@Scripts/prepare.sh kernel tools
	@Scripts/vm-test.sh $(VM_ARGS)

fuzz: ## feed every decoder with libFuzzer, a minute each (FUZZ_ARGS="SECONDS TARGET...")
	@Scripts/prepare.sh
	@Scripts/fuzz.sh $(FUZZ_ARGS)

charts: ## draw every chart anew into StateCharts (CHARTS=folder, PAGES=1)
	@Scripts/prepare.sh
	@Scripts/charts.sh "$(CHARTS)"

docs: ## make the documentation of each product with DocC, without a warning
	@Scripts/prepare.sh
	@Scripts/docs.sh

lint: ## check format, C warnings, shell scripts and whitespace
	@Scripts/lint.sh

clean: ## remove everything that was built
	rm -rf .build .build-asan .build-coverage .build-embedded .build-mutants Benchmarks/.build Fuzz/.build Fuzz/Corpus

# The rest is for .ci/run and for those who look for something: see docs/HACKING.md.

prepare:
	@Scripts/prepare.sh kernel

floors:
	@Scripts/floors.sh

embedded:
	@Scripts/embedded.sh

asan:
	@Scripts/asan.sh

arms:
	@Scripts/arms.sh $(ROOM)

symbols:
	@Scripts/symbols.sh

coverage:
	@$(MAKE) --no-print-directory test COVERAGE=1
