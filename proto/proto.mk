# proto.mk - the contracts: C made from the schemas, specs linted, decoders fuzzed.
#
# One run of the generator makes all of build/gen/proto/; it rewrites only what changed, and the stamp
# tells make that it ran.

PROTO_SCHEMAS := $(sort $(wildcard proto/types/*.json proto/*/*.v*.json))
PROTO_GENERATOR := proto/generate.py $(sort $(wildcard proto/generator/*.py))
PROTO_UNITS := types registry $(patsubst proto/%/,%,$(sort $(dir $(filter-out proto/types/%,$(PROTO_SCHEMAS)))))
PROTO_GEN_SRC := $(PROTO_UNITS:%=build/gen/proto/%.c)
PROTO_GEN_HEADERS := $(PROTO_UNITS:%=build/gen/proto/%.h) build/gen/proto/message_type.h \
                     build/gen/proto/types_tables.h \
                     $(patsubst %,build/gen/proto/%_codec.h,$(filter-out registry,$(PROTO_UNITS)))

$(PROTO_GEN_SRC) $(PROTO_GEN_HEADERS): build/gen/proto/stamp ;
build/gen/proto/stamp: $(PROTO_SCHEMAS) $(PROTO_GENERATOR) build/gen/proto/files
	$(call say,GEN,build/gen/proto)proto/generate.py proto build/gen/proto && touch $@
# Also a schema that went away is a change.
build/gen/proto/files: FORCE
	$(call stamp,$(PROTO_SCHEMAS))

# --- Judging the decoders -----------------------------------------------------------------------------

# The little of common/ that decoders need, named so that nothing else has to compile first.
PROTO_COMMON := $(patsubst %,common/%.c,arena buffer instant)
PROTO_RUNTIME := $(wildcard proto/*.c) $(PROTO_COMMON)

PROTO_CHECK = $(B)/bin/proto-check
$(PROTO_CHECK): $(patsubst %.c,$(B)/obj/%.o,tests/contract/proto_check.c $(PROTO_RUNTIME) $(PROTO_GEN_SRC:build/%=%)) $(B)/flags
	$(call say,LINK,$@)
	$(call link)
