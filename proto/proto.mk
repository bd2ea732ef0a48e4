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

# The page about the HTTP interface, which the gateway shows.
PROTO_GEN_SRC += build/gen/api/api_page.c
PROTO_GEN_HEADERS += build/gen/api/api_page.h
build/gen/api/api_page.c build/gen/api/api_page.h &: proto/openapi_page.py proto/openapi_whole.py proto/openapi.yaml $(PROTO_SCHEMAS) tools/c_source.py
	$(call say,PAGE,build/gen/api/api_page.c)proto/openapi_page.py proto/openapi.yaml build/gen/api/api_page

# --- Judging the decoders -----------------------------------------------------------------------------

# The little of common/ that decoders need, named so that nothing else has to compile first.
PROTO_COMMON := $(patsubst %,common/%.c,arena buffer card_number instant text)
PROTO_RUNTIME := $(wildcard proto/*.c) $(PROTO_COMMON)

PROTO_CHECK = $(B)/bin/proto-check
$(PROTO_CHECK): $(patsubst %.c,$(B)/obj/%.o,tests/contract/proto_check.c $(PROTO_RUNTIME) $(PROTO_GEN_SRC:build/%=%)) $(B)/flags
	$(call say,LINK,$@)
	$(call link)

CONTRACT_BUILD = $(B)/contract
MUTATIONS ?= 150
SEED ?= 1
contract: contract-messages contract-suite contract-generate contract-compat proto-compat ## Hold the decoders against another validator: make contract [MUTATIONS=150 SEED=1]
contract-messages: $(PROTO_CHECK)
	$(Q)$(ENV_$(LANE)) tests/contract/messages_test.py $(PROTO_CHECK) proto --count $(MUTATIONS) --seed $(SEED)
contract-suite: $(patsubst %.c,$(B)/obj/%.o,$(PROTO_RUNTIME))
	$(Q)CC=$(CC) tests/contract/suite_test.py $(CONTRACT_BUILD) $^ $(patsubst %,--flag=%,$(filter -fsanitize%,$(LINK_$(LANE))))
contract-generate:
	$(Q)tests/contract/generate_test.py
contract-compat:
	$(Q)tests/contract/compat_test.py
proto-compat: ## Hold the schemas against what was published
	$(Q)proto/compat.py check proto
proto-publish: ## Keep the schemas of a release for ever
	$(Q)proto/compat.py publish proto

# Field names, enum values and examples are where a fuzzer begins; what it found is in tests/fuzz/corpus.
FUZZ_SRC = tests/fuzz/input_fuzz.c tests/fuzz/edges.c $(PROTO_RUNTIME) $(PROTO_GEN_SRC) \
           $(patsubst %,common/%.c,base64 order_link crypto cursor envelope err http_target id instant language lines money precondition signed_token text trace) \
           $(patsubst %,services/gateway/%.c,api_key identity language signers_address webhook_digest webhook_order webhooks/easypost webhooks/paypal webhooks/razorpay webhooks/stripe) \
           $(patsubst %,services/payment/providers/%.c,form names page paypal paypal_calls razorpay razorpay_calls stripe stripe_calls) services/payment/provider.c services/shipping/easypost.c services/shipping/rates.c
T ?= 60
# What reads the files of banks, and what is found in them.
FUZZ_SRC += common/xml_read.c common/instant.c $(patsubst %,services/gateway/%.c,bank_csv bank_file camt) \
            $(patsubst %,services/payment/%.c,bank_reference reference)
build/fuzz/seeds/stamp: $(PROTO_SCHEMAS) tests/fuzz/make_corpus.py
	$(Q)mkdir -p build/fuzz/seeds build/fuzz/found
	$(Q)tests/fuzz/make_corpus.py proto build/fuzz/seeds build/fuzz/dictionary && touch $@
$(B)/bin/input-fuzz: $(call object,$(FUZZ_SRC)) $(B)/flags build/fuzz/seeds/stamp
	$(call say,LINK,$@)
	$(call link,-fsanitize=fuzzer)
$(B)/bin/input-corpus: $(call object,tests/fuzz/corpus_main.c $(FUZZ_SRC)) $(B)/flags build/fuzz/seeds/stamp
	$(call say,LINK,$@)
	$(call link)
fuzz: ## Fuzz what reads bytes of strangers: make fuzz T=60
	$(Q)$(MAKE) LANE=fuzz build/fuzz/bin/input-fuzz
	$(Q)build/fuzz/bin/input-fuzz -max_total_time=$(T) -timeout=5 -max_len=8192 -print_final_stats=1 -dict=build/fuzz/dictionary \
	    -artifact_prefix=build/fuzz/ build/fuzz/found build/fuzz/seeds tests/fuzz/corpus
fuzz-corpus: ## Run the fuzzer's corpus once, without the fuzzer
	$(Q)$(MAKE) LANE=asan build/asan/bin/input-corpus
	$(Q)build/asan/bin/input-corpus $$(find build/fuzz/seeds build/fuzz/found tests/fuzz/corpus -type f ! -name stamp)

.PHONY: contract contract-messages contract-suite contract-generate contract-compat proto-compat proto-publish fuzz fuzz-corpus

# --- Descriptions of the interfaces --------------------------------------------------------------------

PROTO_SPECS = proto/openapi.yaml proto/asyncapi.yaml
SPECTRAL = build/lint/node_modules/.bin/spectral
proto/asyncapi.yaml: $(PROTO_SCHEMAS) proto/asyncapi.py proto/topics.json
	$(call say,SPEC,$@)proto/asyncapi.py proto
proto-specs: proto/asyncapi.yaml ## Write the description of all topics anew
$(SPECTRAL): proto/lint/package.json proto/lint/package-lock.json proto/lint/.npmrc
	$(call say,NPM,build/lint)mkdir -p build/lint && cp $^ build/lint/ && cd build/lint && npm ci --ignore-scripts --no-progress --loglevel=error && touch -c ../../$@
proto-lint: $(SPECTRAL) ## Check the API descriptions: fresh, linted, every $ref leads somewhere
	$(Q)proto/asyncapi.py proto --check
	$(Q)proto/lint/check_refs.py $(PROTO_SPECS)
	$(Q)$(SPECTRAL) lint --quiet --fail-severity warn --ruleset proto/lint/.spectral.yaml $(PROTO_SPECS)
.PHONY: proto-specs proto-lint schemathesis

# Schemathesis, from the package index, pinned with all that it needs, in a place of its own.
SCHEMATHESIS = build/schemathesis/bin/schemathesis
$(SCHEMATHESIS): tests/contract/schemathesis.txt
	$(call say,PIP,build/schemathesis)rm -rf build/schemathesis && /usr/bin/python3 -m venv build/schemathesis && \
	    build/schemathesis/bin/python3 -m pip install --quiet --disable-pip-version-check --only-binary=:all: \
	    --requirement $< && touch $@
schemathesis: $(SCHEMATHESIS) services cli ## Call the gateway with all that openapi.yaml allows, and more
	$(Q)tests/stack/gateway_schema_test.py

# PayPal's own descriptions of its interface, from the package index; nothing of the package is run.
PAYPAL_SPECS = build/paypal-specs/openapi
$(PAYPAL_SPECS)/checkout_orders_v2.json: tests/standins/paypal_specs.sha512
	$(call say,NPM,build/paypal-specs)rm -rf build/paypal-specs && mkdir -p build/paypal-specs && cd build/paypal-specs && \
	    npm pack --ignore-scripts --silent @paypal/paypal-rest-api-specifications@1.0.0 >pack.log 2>&1 && \
	    sha512sum --quiet --check ../../$< && tar --extract --gzip --strip-components=1 --touch --file *.tgz
paypal-specs: $(PAYPAL_SPECS)/checkout_orders_v2.json ## Fetch what PayPal publishes of its interface, which judges ours

# PayPal's own SDK, pinned with all that it needs, in a place of its own.
PAYPAL_SDK = build/paypal-sdk/bin/python3
build/paypal-sdk/stamp: tests/standins/paypal_sdk.txt
	$(call say,PIP,build/paypal-sdk)rm -rf build/paypal-sdk && /usr/bin/python3 -m venv build/paypal-sdk && \
	    $(PAYPAL_SDK) -m pip install --quiet --disable-pip-version-check --only-binary=:all: --requirement $< && touch $@
paypal-sdk: build/paypal-sdk/stamp ## PayPal's own SDK against the stand-in
	$(Q)$(PAYPAL_SDK) tests/standins/paypal_sdk.py

# Stripe's and Razorpay's own SDKs, pinned with all that they need, by their bytes.
PROVIDER_SDKS = build/provider-sdks/bin/python3
build/provider-sdks/stamp: tests/standins/provider_sdks.txt
	$(call say,PIP,build/provider-sdks)rm -rf build/provider-sdks && /usr/bin/python3 -m venv build/provider-sdks && \
	    $(PROVIDER_SDKS) -m pip install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes --requirement $< && touch $@
provider-sdks: build/provider-sdks/stamp ## Stripe's and Razorpay's own SDKs against the stand-ins
	$(Q)$(PROVIDER_SDKS) tests/standins/provider_sdks.py
.PHONY: paypal-specs paypal-sdk provider-sdks
