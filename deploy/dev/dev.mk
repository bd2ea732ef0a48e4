# dev.mk - the development stack, and the whole test run. Included by the top Makefile.

STACK = /usr/bin/python3 deploy/dev/stack.py

run: ## Install what is missing, build, start everything, say what to open
	@deploy/dev/install.sh build run
	@$(STACK) run
stop: ## Stop what make run started
	@$(STACK) stop
status: ## How each program does
	@$(STACK) status
logs: ## Show logs: make logs [S=order]
	@$(STACK) logs $(S)
clean: ## Stop, then remove build and run folders
	@$(STACK) clean
packages: ## Install the Debian packages that are missing
	@deploy/dev/install.sh
test: ## Install what is missing, build, run tests/groups.txt: make test [G="unit check"]
	@deploy/dev/install.sh
	@$(MAKE) all
	@tools/run-tests $(G)
test-long: ## The long forms, for hours: make test-long [G="races fuzz"]
	@deploy/dev/install.sh
	@$(MAKE) all
	@tools/run-tests --groups tests/long_groups.txt --out build/long --at-once 1 $(G)
bench: all build/dev/bench/outside ## Measure the whole system: a table, and .run/bench.json: make bench [BENCH=--quick]
	@deploy/dev/install.sh build run test bench
	@tests/bench/bench.py $(BENCH)
bench-check: all build/dev/bench/outside ## Did anything get slower? make bench-check BASE=main~3 [ROUNDS=5] [RATE=50]
	@tests/bench/compare.py $(or $(BASE),$(error bench-check: wants BASE=revision)) --rounds $(or $(ROUNDS),5) --rate $(or $(RATE),50)
fault: ## Attack the whole system: make fault [ROWS=1,2,10-17] [SEED=7] [LONG=1] [CROWDED=1]
	@deploy/dev/install.sh build run test fault
	@$(MAKE) services cli
	@tests/fault/fault.py --rows '$(ROWS)' --seed $(or $(SEED),0) $(if $(LONG),--long) $(if $(CROWDED),--crowded)
soak: ## Mixed load with faults for long, and what is left of it: make soak [MINUTES=60] [RATE=3] [SEED=7]
	@deploy/dev/install.sh build run test fault
	@$(MAKE) services cli
	@tests/soak/soak.py $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE)) $(if $(SEED),--seed $(SEED))
compose-test: ## Prove docker-compose.yml with a Docker engine, as root (not in make test)
	@deploy/dev/install.sh build run containers
	@tests/containers/compose_test.py
fresh: ## Prove make run and make test in a bare Debian
	@deploy/dev/fresh.sh

.PHONY: run stop status logs clean packages test test-long bench bench-check fault soak compose-test fresh
