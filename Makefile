# Makefile - builds Kervan, tests it, and holds the tree to its rules.  `make help` lists what it can do.
#
# Every output is under build/.  A lane is a compiler with its flags and has a folder of its own;
# generated sources (build/gen) are shared by all lanes.  Files are found, never listed.

LANE ?= dev
V ?= 0
B ?= build/$(LANE)
JOBS ?= $(shell nproc)
TEST_TIMEOUT_S ?= 120

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/bash -o pipefail
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(JOBS)
endif

# --- Flags ------------------------------------------------------------------------------------------

STD = -std=c17 -D_POSIX_C_SOURCE=200809L -pthread -fno-common -g3 -fno-omit-frame-pointer
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 -Wundef -Wvla \
       -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual \
       -Wwrite-strings -Wnull-dereference -Wswitch-enum -Wredundant-decls -Wdouble-promotion
WARN_GCC = -Wcast-align=strict -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
           -Wimplicit-fallthrough=5 -Wjump-misses-init
WARN_CLANG = -Wcast-align -Wimplicit-fallthrough
BRANCH = $(if $(filter aarch64,$(shell uname -m)),-mbranch-protection=standard,-fcf-protection=full)
# clang 14 hides -ftrivial-auto-var-init=zero behind a switch that announces its own removal.
HARD_GCC = -ftrivial-auto-var-init=zero
HARD = -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
       $(BRANCH) -fPIE
LINK_HARD = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen -Wl,--as-needed

# Named points where a test may make a program die; not in a release.
FAULTS = -DKERVAN_FAULTS

CC_dev = gcc
FLAGS_dev = $(FAULTS) $(HARD) $(HARD_GCC) $(WARN) $(WARN_GCC) -Werror
LINK_dev = $(LINK_HARD)

CC_clang = clang-14
FLAGS_clang = $(FAULTS) $(HARD) $(WARN) $(WARN_CLANG) $(STRICT)
LINK_clang = $(LINK_HARD)

CC_release = gcc
FLAGS_release = $(HARD) $(HARD_GCC) $(WARN) $(WARN_GCC) $(STRICT) -ffile-prefix-map=$(CURDIR)=.
LINK_release = $(LINK_HARD)

# Warnings are the business of dev and clang: sanitized code confuses gcc's flow warnings.
CC_asan = gcc
FLAGS_asan = $(FAULTS) -O1 -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all
# Static, so that both sanitizers share one report file: tools/sanitized.
LINK_asan = -pie -fsanitize=address,undefined -static-libasan -static-libubsan
ENV_asan = ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=tools/lsan.supp:print_suppressions=0

CC_tsan = gcc
FLAGS_tsan = $(FAULTS) -O1 -fPIE -fsanitize=thread
LINK_tsan = -pie -fsanitize=thread
ENV_tsan = TSAN_OPTIONS=suppressions=tools/tsan.supp:halt_on_error=1

# libFuzzer is clang's; only what is linked with it has a main of its own.
CC_fuzz = clang-14
FLAGS_fuzz = -O1 -fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LINK_fuzz = -pie -fsanitize=address,undefined

CC_cover = gcc
FLAGS_cover = $(FAULTS) -O0 -fPIE --coverage
LINK_cover = -pie --coverage

# The simulation runs millions of orders: fast, with counters in the rules' tables and defects to be switched on.
CC_sim = gcc
FLAGS_sim = -DKERVAN_COVERAGE -DKERVAN_MUTANTS -O2 -fno-pie $(WARN) $(WARN_GCC) -Werror
LINK_sim = -no-pie

ifeq ($(CC_$(LANE)),)
$(error unknown LANE "$(LANE)"; use dev, clang, asan, tsan, fuzz, cover, sim or release)
endif
STRICT = $(if $(CI),-Werror)

PACKAGES = rdkafka libpq jansson libcurl libulfius libmicrohttpd libcrypto
DOCUMENT_PACKAGES = pangocairo cairo-pdf libxml-2.0 libqrencode
SYSTEM = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
# Many folders, for the few files that make documents.
DOCUMENT_SYSTEM := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I $(DOCUMENT_PACKAGES) 2>/dev/null))
override CC = $(CC_$(LANE))
CPPFLAGS_ALL = -I. -Ibuild/gen $(SYSTEM)
CFLAGS_ALL = $(STD) $(FLAGS_$(LANE)) $(CFLAGS)
LDFLAGS_ALL = -pthread $(LINK_$(LANE)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(PACKAGES) $(DOCUMENT_PACKAGES) 2>/dev/null) -lm
LIBS_TEST := $(shell pkg-config --libs cmocka 2>/dev/null)

Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-5s %s\n' '$(1)' '$(2)';)

# --- What there is ----------------------------------------------------------------------------------

sources = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
folders = $(sort $(patsubst $(1)/%/,%,$(wildcard $(1)/*/)))

SERVICES := $(call folders,services)
TEST_SERVICES := $(call folders,tests/services)
ifneq ($(filter $(SERVICES),$(TEST_SERVICES)),)
$(error tests/services/ may not repeat a name of services/: $(filter $(SERVICES),$(TEST_SERVICES)))
endif
COMMON_SRC := $(sort $(wildcard common/*.c))
PROTO_SRC := $(sort $(wildcard proto/*.c))
CLI_SRC := $(call sources,tools/kervan)
TEST_SRC := $(sort $(wildcard tests/*/*_test.c))
TEST_KINDS := $(sort $(patsubst tests/%/,%,$(dir $(TEST_SRC))))
TEST_HELP_SRC := $(filter-out $(TEST_SRC),$(sort $(wildcard $(TEST_KINDS:%=tests/%/*.c))))
MIGRATIONS := $(sort $(wildcard common/schema/*.sql services/*/schema/*.sql))
SQL := $(sort $(wildcard common/*.sql services/*/*.sql tests/services/*/*.sql tools/kervan/*.sql))

object = $(patsubst %.c,$(B)/obj/%.o,$(1:build/gen/%=gen/%))

all: services cli tests ## Build services, the kervan command and the tests (the default)

# proto/proto.mk sets PROTO_GEN_SRC and PROTO_GEN_HEADERS, what it generates under build/gen/proto/,
# with the rules that make it.
-include proto/proto.mk
-include deploy/dev/dev.mk

GEN_SRC = $(PROTO_GEN_SRC) $(SQL_GEN_SRC) $(if $(MIGRATIONS),build/gen/migrations.c)
GEN_HEADERS = $(PROTO_GEN_HEADERS) $(SQL_GEN_SRC:.c=.h) $(if $(MIGRATIONS),build/gen/migrations.h)

# --- Generated sources ------------------------------------------------------------------------------

# $(call sql_rule,folder,name): all named statements of a folder become build/gen/sql/<name>_sql.{h,c}.
define sql_rule
ifneq ($(filter $(1)/%.sql,$(SQL)),)
SQL_GEN_SRC += build/gen/sql/$(2)_sql.c
$(2)_SQL_SRC = build/gen/sql/$(2)_sql.c
build/gen/sql/$(2)_sql.c build/gen/sql/$(2)_sql.h &: $(filter $(1)/%.sql,$(SQL)) tools/sqlgen tools/c_source.py build/gen/files
	$$(call say,SQL,build/gen/sql/$(2)_sql.c)tools/sqlgen $(2)_sql build/gen/sql $(filter $(1)/%.sql,$(SQL))
endif
endef
$(eval $(call sql_rule,common,runtime))
$(eval $(call sql_rule,tools/kervan,kervan))
$(foreach s,$(SERVICES),$(eval $(call sql_rule,services/$(s),$(s))))
$(foreach s,$(TEST_SERVICES),$(eval $(call sql_rule,tests/services/$(s),$(s))))

build/gen/migrations.c build/gen/migrations.h &: $(MIGRATIONS) tools/embed tools/c_source.py build/gen/files
	$(call say,EMBED,build/gen/migrations.c)tools/embed build/gen/migrations $(MIGRATIONS)

# --- Stamps: a file that is rewritten only when what it says changes ----------------------------------

stamp = @mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' >$@
ALL_SRC = $(sort $(COMMON_SRC) $(PROTO_SRC) $(CLI_SRC) $(TEST_SRC) $(TEST_HELP_SRC) $(SIM_SRC) $(OUTSIDE_SRC) \
          $(SERVICE_SRC) $(GEN_SRC))

$(B)/flags: FORCE
	$(if $(filter -lrdkafka,$(LIBS)),,$(error libraries are missing; say make packages))
	$(call stamp,$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL) $(LIBS))
$(B)/files: FORCE
	$(call stamp,$(ALL_SRC))
build/gen/files: FORCE
	$(call stamp,$(SQL) $(MIGRATIONS))

# --- Objects, libraries, programs -------------------------------------------------------------------

compile = $(Q)mkdir -p $(@D); $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<

DOCUMENT_SRC = common/pdf.c common/xml.c common/xml_read.c
$(call object,$(DOCUMENT_SRC)): CPPFLAGS_ALL += $(DOCUMENT_SYSTEM)

$(B)/obj/gen/%.o: build/gen/%.c $(B)/flags | headers
	$(call say,CC,$<)
	$(compile)
$(B)/obj/%.o: %.c $(B)/flags | headers
	$(call say,CC,$<)
	$(compile)

$(B)/%.a: $(B)/files
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D); rm -f $@; ar rcs $@ $(filter %.o,$^)

# $(call program,objects and libraries): link; the libraries may need each other in any order.
link = $(Q)mkdir -p $(@D); $(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) \
       -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(1) $(LIBS)

LIB_COMMON = $(B)/libkervan_common.a
LIB_PROTO = $(B)/libkervan_proto.a
$(LIB_COMMON): $(call object,$(COMMON_SRC) $(runtime_SQL_SRC))
$(LIB_PROTO): $(call object,$(PROTO_SRC) $(PROTO_GEN_SRC))

# $(call service_rule,folder,name,program): lib<name>.a of everything but main.c, and the program.
define service_rule
$(2)_SRC := $$(call sources,$(1))
SERVICE_SRC += $$($(2)_SRC)
$(B)/lib$(2).a: $$(call object,$$(filter-out $(1)/main.c,$$($(2)_SRC)) $$($(2)_SQL_SRC))
ifneq ($(wildcard $(1)/main.c),)
$(3)s += $(B)/bin/$(3)-$(2)
$(B)/bin/$(3)-$(2): $$(call object,$(1)/main.c) $(B)/lib$(2).a $(LIB_PROTO) $(LIB_COMMON) $(B)/flags
	$$(call say,LINK,$$@)
	$$(call link)
endif
endef
$(foreach s,$(SERVICES),$(eval $(call service_rule,services/$(s),$(s),kervan)))
$(foreach s,$(TEST_SERVICES),$(eval $(call service_rule,tests/services/$(s),$(s),test)))

$(B)/bin/kervan: $(call object,$(CLI_SRC) $(kervan_SQL_SRC) $(if $(MIGRATIONS),build/gen/migrations.c)) $(LIB_PROTO) $(LIB_COMMON) $(B)/flags
	$(call say,LINK,$@)
	$(call link)

# tests/<kind>/<x>_test.c is a program build/<lane>/<kind>/<x>_test of its own; the folder's other .c
# files are linked to all of them.  A test names the services it needs in its first lines: `links: order`.
TEST_LINKS := $(if $(TEST_SRC),$(shell awk 'FNR <= 10 && match($$0, /^[ \/]\* links: [a-z_ ]+/) { \
    n = split(substr($$0, RSTART + 10, RLENGTH - 10), s, " "); \
    for (i = 1; i <= n; i++) print FILENAME ":" s[i] }' $(TEST_SRC)))
define test_rule
$(1:tests/%.c=$(B)/%): $$(call object,$(1)) $(B)/$(2)/libtest.a \
    $(patsubst $(1):%,$(B)/lib%.a,$(filter $(1):%,$(TEST_LINKS))) $(LIB_PROTO) $(LIB_COMMON) $(B)/flags
	$$(call say,LINK,$$@)
	$$(call link,$$(LIBS_TEST))
endef
define kind_rule
$(B)/$(1)/libtest.a: $$(call object,$$(filter tests/$(1)/%,$(TEST_HELP_SRC)))
$(foreach t,$(filter tests/$(1)/%,$(TEST_SRC)),$(eval $(call test_rule,$(t),$(1))))
endef
$(foreach k,$(TEST_KINDS),$(eval $(call kind_rule,$(k))))
test_programs = $(patsubst tests/%.c,$(B)/%,$(filter tests/$(1)/%,$(TEST_SRC)))

# The simulation: all services with rules in one program.  They know nothing of each other, so their names clash: of each only
# its table is seen by the others.  The postings are seen by the judge of the books, which puts the ledger to them.
SIM_SERVICES := order inventory payment fulfillment shipping notification
SIM_SRC := $(sort $(wildcard tests/sim/*.c)) services/payment/posting.c
$(B)/sim/%.o: $(B)/lib%.a
	$(call say,JOIN,$@)
	$(Q)mkdir -p $(@D); $(CC) -nostdlib -r -o $@.all -Wl,--whole-archive $< && \
	    objcopy --keep-global-symbol=$*_service $@.all $@ && rm $@.all
$(B)/bin/sim: $(call object,$(SIM_SRC)) $(SIM_SERVICES:%=$(B)/sim/%.o) $(LIB_PROTO) $(LIB_COMMON) $(B)/flags
	$(call say,LINK,$@)
	$(call link)

# The world outside for the bench, which shares nothing with what it judges.
OUTSIDE_SRC := $(sort $(wildcard tests/bench/outside/*.c))
$(B)/bench/outside: $(call object,$(OUTSIDE_SRC)) $(B)/flags
	$(call say,LINK,$@)
	$(call link)

SEED ?=
ORDERS ?= 10000
sim: ## Simulate the whole system under faults: make sim [SEED=n] [ORDERS=n] [HISTORY=ord_…]
	@$(MAKE) LANE=sim build/sim/bin/sim
	@build/sim/bin/sim $(SEED:%=--seed=%) --orders=$(ORDERS) $(HISTORY:%=--history=%)

mutants: ## Every deliberate defect must be found by the simulation: .run/mutants.json
	@$(MAKE) LANE=sim build/sim/bin/sim
	@tests/sim/mutants.py build/sim/bin/sim $(M)

# Known seeds, and one that nobody has seen yet.
SIM_SEEDS = 1 2 3
SIM_MUTANTS = drop_release count_a_cent forget_effect keep_picked
sim-test: ## The simulation as a test: its judges, known seeds and a fresh one, a few defects
	@$(MAKE) LANE=sim build/sim/bin/sim
	@build/sim/bin/sim --plants --seed=5 --orders=120
	@for seed in $(SIM_SEEDS); do build/sim/bin/sim --seed=$$seed --orders=2000 || exit; done
	@build/sim/bin/sim --seed=$$(date +%s) --orders=2000
	@tests/sim/mutants.py build/sim/bin/sim $(SIM_MUTANTS)

headers: $(GEN_HEADERS)
services: $(kervans) $(SERVICES:%=$(B)/lib%.a) $(LIB_PROTO) $(LIB_COMMON) ## Build the services and libraries
cli: $(if $(CLI_SRC),$(B)/bin/kervan) ## Build the kervan command
tests: $(tests) $(TEST_SRC:tests/%.c=$(B)/%) ## Build the test services and all test programs

# $(call run_tests,kind): run each, stop at none, sum up.
run_tests = $(ENV_$(LANE)) tools/run-unit $(TEST_TIMEOUT_S) $(B)/$(1) $(notdir $(call test_programs,$(1)))
unit: $(call test_programs,unit) ## Build and run the unit tests: make unit [LANE=asan]
	@$(call run_tests,unit)
it: $(call test_programs,it) ## Build and run the tests that need a PostgreSQL, each on its own
	@WITH=tests/it/with_postgres.py $(call run_tests,it)

stack-asan: ## Run the stack tests with sanitized programs: make stack-asan [G="orders lanes"]
	@$(MAKE) LANE=asan services cli tests
	@tools/run-tests --groups tests/stack/asan_groups.txt --out build/asan --at-once 1 $(G)

# --- Checks -----------------------------------------------------------------------------------------

C_FILES = $(wildcard $(shell git ls-files --cached --others --exclude-standard -- '*.c' '*.h' 2>/dev/null))
H_FILES = $(filter %.h,$(C_FILES))
CLANG_FORMAT = clang-format-14
CHECKS = fmt-check check-headers check-layers check-pure check-tidy check-shell check-python check-tools check-clang-tidy

check: ## Everything that is known without running: format, headers, layers, purity, lint
	@$(MAKE) --keep-going --output-sync=target $(CHECKS)

fmt: ## Format all C, or F="files"
	$(Q)$(if $(C_FILES),$(CLANG_FORMAT) -i $(or $(F),$(C_FILES)))
fmt-check: ## Fail when clang-format would change a file
	@$(if $(C_FILES),$(CLANG_FORMAT) --dry-run -Werror $(C_FILES) 2>&1 | awk -F: '/-violations/ && !seen[$$1]++ { \
	    print $$1 ":" $$2 ": error: not as $(CLANG_FORMAT) writes it; run make fmt F=" $$1 }')
	@echo 'format: $(words $(C_FILES)) files, no problem'

check-headers: $(H_FILES:%=$(B)/headers/%.ok) ## Each header compiles alone
	@echo 'headers: $(words $(H_FILES)) files, no problem'
$(B)/headers/%.h.ok: %.h $(B)/flags | headers
	$(Q)mkdir -p $(@D); printf '#include "%s"\nextern int header_alone;\n' $< | \
	    $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -MF $(@:.ok=.d) -MT $@ -fsyntax-only -x c - && touch $@
-include $(wildcard $(H_FILES:%=$(B)/headers/%.d))

check-layers: headers ## Who may include what: common/LAYERS
	@tools/check-layers

PURE_SRC = $(wildcard $(shell awk '$$1 == "0" { print "common/" $$2 ".c" }' common/LAYERS 2>/dev/null) \
    $(foreach p,$(wildcard common/PURE services/*/PURE),$(addprefix $(dir $(p)),$(shell sed 's/\#.*//' $(p)))))
check-pure: $(call object,$(PURE_SRC)) ## Rules need no I/O and no clock, by their symbols: common/PURE, services/*/PURE
	@tools/check-pure $(B)/obj

check-tidy: ## The project's own rules: tools/tidy --list
	@tools/tidy
check-clang-tidy: headers ## clang-tidy on what changed since it was last clean: make check-clang-tidy [WHOLE=1]
	@tools/run-clang-tidy $(if $(WHOLE),--whole) $(JOBS) $(CPPFLAGS_ALL) $(DOCUMENT_SYSTEM) $(STD) $(WARN) $(WARN_CLANG)
check-shell: ## shellcheck
	@tools/tree.py shell | xargs -r shellcheck --external-sources && echo 'shellcheck: no problem'
check-python: ## flake8
	@tools/tree.py python | xargs -r /usr/bin/python3 -m flake8 --max-line-length=120 --extend-ignore=E203 && echo 'flake8: no problem'
check-tools: ## The checks can fail: their own tests
	@for t in tools/*_test.py; do $$t --quiet || exit; done

check-warnings: ## gcc and clang compile everything without a warning
	@$(MAKE) CI=1 LANE=dev objects
	@$(MAKE) CI=1 LANE=clang objects
objects: $(call object,$(ALL_SRC))

# --- Aids -------------------------------------------------------------------------------------------

cover: ## Unit tests with line coverage: build/cover/index.html
	@$(MAKE) LANE=cover unit
	@gcovr --root . --exclude 'tests/' --exclude 'build/' --txt --html-details build/cover/index.html build/cover

gdb: ## Debug a service: make gdb S=order
	@gdb --args $(B)/bin/kervan-$(S) $(ARGS)

hooks: ## Check format and rules of staged files before each commit
	@install -D tools/pre-commit "$$(git rev-parse --git-path hooks)/pre-commit"

FORCE:
.PHONY: FORCE all services cli tests unit it stack-asan sim sim-test mutants headers help check fmt objects check-warnings cover gdb hooks $(CHECKS)
.SECONDARY:

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n  %s\n' 'LANE=dev|clang|asan|tsan|fuzz|cover|release   V=1 shows commands   B=folder keeps its own outputs'

-include $(patsubst %.o,%.d,$(call object,$(ALL_SRC)))
