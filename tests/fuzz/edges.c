/* edges.c - readers of what strangers send, each held to a promise: what it takes it can write, and it takes no forgery. */
#include "tests/fuzz/edges.h"

#include "common/arena.h"
#include "common/card_number.h"
#include "common/crypto.h"
#include "common/cursor.h"
#include "common/envelope.h"
#include "common/http_client.h"
#include "common/http_target.h"
#include "common/id.h"
#include "common/instant.h"
#include "common/lines.h"
#include "common/order_link.h"
#include "common/precondition.h"
#include "common/text.h"
#include "common/trace.h"
#include "proto/payment.h"
#include "proto/payment_codec.h"
#include "proto/shipping.h"
#include "services/gateway/api_key.h"
#include "services/gateway/bank_file.h"
#include "services/gateway/identity.h"
#include "services/gateway/language.h"
#include "services/gateway/signers.h"
#include "services/gateway/webhook_provider.h"
#include "services/payment/bank_reference.h"
#include "services/payment/providers/paypal_calls.h"
#include "services/payment/providers/razorpay_calls.h"
#include "services/payment/providers/stripe_calls.h"
#include "services/shipping/easypost.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "whsec_of_nobody_who_fuzzes"

enum { NOW_S = 1800000000, BANK_MESSAGE_BYTES = 65536, FEW = 50 };

static void promise(bool kept, const char *what)
{
    if (!kept) {
        (void)fprintf(stderr, "edges: broken: %s\n", what);
        abort();
    }
}

/* --- Headers ------------------------------------------------------------------------------------ */

/* "<If-Match>\n<If-None-Match>"; an empty one is absent. */
static void read_precondition(struct arena *arena, const char *text, size_t length)
{
    const char *end = memchr(text, '\n', length);
    const char *match = end == NULL ? text : arena_copy_text(arena, text, (size_t)(end - text));
    const char *none = end == NULL ? "" : end + 1;
    struct precondition_text read;

    if (precondition_parse(*match == '\0' ? NULL : match, *none == '\0' ? NULL : none, &read)) {
        promise(strlen(read.text) <= PRECONDITION_LENGTH_MAX, "a precondition fits its header");
        promise(strspn(read.text, "0123456789,*-") == strlen(read.text), "it is of versions");
        (void)precondition_holds(read.text, 17);
    }
    promise(!precondition_holds(text, 0) || strchr(text, '0') != NULL, "0 alone means nothing yet");
}

static void read_idempotency_key(struct arena *arena, const char *text, size_t length)
{
    struct idempotency_key key, again;

    (void)arena;
    (void)length;
    if (!idempotency_key_parse(text, &key)) {
        return;
    }
    promise(key.text[0] != '\0' && strlen(key.text) <= KEY_KEPT_LENGTH_MAX, "a key fits");
    promise(!has_card_number(key.text, strlen(key.text)), "a key holds no card number");
    for (const char *at = key.text; *at != '\0'; at++) {
        promise(*at > ' ' && *at <= '~', "a key is visible");
    }
    promise(key.text[0] == '"' ||
                (idempotency_key_parse(key.text, &again) && text_equal(key.text, again.text)),
            "a key that was kept is the same key");
}

static void read_prefer(struct arena *arena, const char *text, size_t length)
{
    int64_t wait_s = prefer_wait_s(text);

    (void)arena;
    (void)length;
    promise(wait_s >= 0 && wait_s <= WAIT_S_MAX, "a wait is bounded");
}

static void read_credentials(struct arena *arena, const char *text, size_t length)
{
    const char *credentials = bearer_credentials(text);
    struct api_key key;

    (void)arena;
    (void)length;
    if (credentials != NULL && api_key_parse(credentials, &key)) {
        promise(strlen(key.id) == API_KEY_ID_LENGTH && strlen(key.secret) == API_KEY_SECRET_LENGTH,
                "an API key is whole");
    }
}

static void read_language(struct arena *arena, const char *text, size_t length)
{
    (void)arena;
    (void)length;
    promise(language_wanted(text) < LANGUAGE_COUNT, "a language is one of ours");
}

static void read_trace(struct arena *arena, const char *text, size_t length)
{
    struct trace trace, again;

    (void)arena;
    (void)length;
    if (trace_parse(text, &trace)) {
        promise(trace_parse(trace_format(&trace).text, &again) &&
                    memcmp(trace.trace_id, again.trace_id, TRACE_ID_BYTES) == 0 &&
                    memcmp(trace.span_id, again.span_id, SPAN_ID_BYTES) == 0,
                "a trace comes back the same");
    }
}

static void read_envelope(struct arena *arena, const char *text, size_t length)
{
    struct record_header headers[RECORD_HEADERS_MAX], again[RECORD_HEADERS_MAX];
    size_t count = headers_from_text(arena, text, headers);

    (void)length;
    (void)envelope_read(headers, count);
    const char *kept = headers_to_text(arena, headers, count);
    size_t kept_count = headers_from_text(arena, kept, again);
    promise(text_equal(headers_to_text(arena, again, kept_count), kept), "headers are kept");
}

/* --- Bodies ------------------------------------------------------------------------------------- */

enum { FUZZ_LINE_BYTES_MAX = 16 };

/* The lines of a body that arrives in pieces: numbers, lengths and bytes, as one number. */
static uint64_t sum_lines(const char *text, size_t length, size_t piece)
{
    const char *at = text, *end = text + length;
    struct line_splitter splitter;
    struct line line;
    uint64_t sum = 0;

    line_splitter_init(&splitter, FUZZ_LINE_BYTES_MAX);
    for (bool over = false; !over;) {
        const char *stop = (size_t)(end - at) < piece ? end : at + piece;
        bool found = line_next(&splitter, &at, stop, &line);

        over = !found && at == end;
        if (!found && (!over || !line_last(&splitter, &line))) {
            continue;
        }
        promise(line.length <= FUZZ_LINE_BYTES_MAX, "a line is no longer than it may be");
        promise(line.length == 0 || memchr(line.text, '\n', line.length) == NULL, "a line is one");
        sum = sum * 31 + (uint64_t)line.number * 2 + line.too_long;
        for (size_t i = 0; i < line.length; i++) {
            sum = sum * 31 + (unsigned char)line.text[i];
        }
    }
    line_splitter_release(&splitter);
    return sum;
}

static void read_lines(struct arena *arena, const char *text, size_t length)
{
    uint64_t whole = sum_lines(text, length, length + 1);

    (void)arena;
    promise(sum_lines(text, length, 1) == whole && sum_lines(text, length, 7) == whole,
            "lines are the same wherever a body is cut");
}

/* --- Addresses ---------------------------------------------------------------------------------- */

static void check_decoded(const char *text)
{
    promise(text_is_utf8(text), "what was decoded is UTF-8");
    for (const char *at = text; *at != '\0'; at++) {
        promise((unsigned char)*at >= ' ' && *at != 0x7f,
                "what was decoded holds no control character");
    }
}

static void read_target(struct arena *arena, const char *text, size_t length)
{
    struct ctx ctx = { .arena = arena };
    struct http_target target;

    (void)length;
    if (http_target_parse(&ctx, text, &target) != OK) {
        return;
    }
    for (size_t i = 0; i < target.segment_count; i++) {
        check_decoded(target.segments[i]);
    }
    for (size_t i = 0; i < target.query_count; i++) {
        check_decoded(target.query[i].name);
        check_decoded(target.query[i].value);
    }
    (void)http_target_fits(&target, "/v1/orders/:id", arena);
    if (http_target_fits(&target, "/docs/*", arena)) {
        const char *rest = http_pair_find(target.parameters, target.parameter_count, "*");

        const char *path = text_format(arena, "/%s/", rest);

        promise(rest[0] != '/' && strstr(path, "/../") == NULL, "a rest stays where it is");
    }
}

static void read_cursor(struct arena *arena, const char *text, size_t length)
{
    struct cursor cursor;

    (void)length;
    if (cursor_read(arena, text, &cursor)) {
        promise(text_equal(cursor_write(arena, &cursor), text), "a cursor comes back the same");
    }
}

static void read_ids(struct arena *arena, const char *text, size_t length)
{
    unsigned char bytes[ORDER_ID_BYTES];
    struct order_id_text order;

    (void)arena;
    (void)length;
    if (order_id_parse(text, bytes)) {
        promise(strncmp(order_id_format(bytes).text, text, ORDER_ID_LENGTH) == 0,
                "an order's id comes back the same");
    }
    promise(child_id_counter(text, 'P') >= 0, "a counter is positive");
    (void)child_id_order(text, &order);
    promise(lane_of(text, LANE_COUNT_DEFAULT) < LANE_COUNT_DEFAULT, "a lane is there");
}

static void read_instant(struct arena *arena, const char *text, size_t length)
{
    int64_t instant = 0, again = 0;

    (void)arena;
    if (instant_parse(text, length, &instant)) {
        struct instant_text written = instant_format(instant);

        promise(instant_parse(written.text, strlen(written.text), &again) && instant == again,
                "an instant comes back the same");
    }
}

/* --- Tokens and webhooks ------------------------------------------------------------------------ */

static void read_choice(struct arena *arena, const char *text, size_t length)
{
    static const char order_id[] = "ord_mfrggzdfmztwq2lknnwg23tpoa";
    const char *token = choice_token(arena, SECRET, order_id, NOW_S);
    struct order_link choice;

    (void)length;
    promise(!choice_token_read(arena, SECRET, text, &choice), "a token is not guessed");
    promise(choice_token_read(arena, SECRET, token, &choice) &&
                text_equal(choice.order_id, order_id) && choice.expires_at == NOW_S,
            "a token is read");
}

/* "<signature>\n<body>": nobody but who has the secret can sign. */
static void check_webhook(struct arena *arena, const char *text, size_t length)
{
    const char *end = memchr(text, '\n', length);
    const char *body = end == NULL ? "" : end + 1;
    struct webhook_call call = {
        .signature = end == NULL ? text : arena_copy_text(arena, text, (size_t)(end - text)),
        .body = body,
        .body_length = end == NULL ? 0 : length - (size_t)(body - text),
        .now_s = NOW_S,
    };
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    promise(!stripe_is_genuine(&call, SECRET), "Stripe's signature is not guessed");
    promise(!easypost_is_genuine(&call, SECRET), "EasyPost's signature is not guessed");
    hmac_sha256(SECRET, strlen(SECRET), call.body, call.body_length, digest);
    text_hex(digest, sizeof digest, hex);
    call.signature = text_format(arena, "hmac-sha256-hex=%s", hex);
    promise(easypost_is_genuine(&call, SECRET), "who has the secret can sign");
}

/* "<id>\n<time>\n<certificate>\n<body>": what is taken as whole is signed as what it is. */
static void check_paypal_headers(struct arena *arena, const char *text, size_t length)
{
    static const char addresses[] = "https://api.paypal.com/v1/notifications/certs/";
    char *lines = arena_copy_text(arena, text, length);
    struct webhook_call call = { .signature = "c2ln",
                                 .others = { [PAYPAL_ALGORITHM] = "SHA256withRSA" },
                                 .now_s = NOW_S };

    for (int i = PAYPAL_ID; i <= PAYPAL_CERTIFICATE && lines != NULL; i++) {
        char *end = strchr(lines, '\n');

        call.others[i] = lines;
        lines = end == NULL ? NULL : end + 1;
        if (end != NULL) {
            *end = '\0';
        }
    }
    call.body = lines == NULL ? "" : lines;
    call.body_length = strlen(call.body);
    if (paypal_call_is_whole(&call)) {
        const char *text_signed = paypal_signed_text(arena, &call, "WEBHOOK");
        size_t bars = 0;

        for (const char *at = text_signed; *at != '\0'; at++) {
            bars += *at == '|' ? 1 : 0;
        }
        promise(bars == 3, "what is signed has four parts");
        promise(!signers_address_is_ours(addresses, call.others[PAYPAL_CERTIFICATE]) ||
                    text_starts_with(call.others[PAYPAL_CERTIFICATE], addresses),
                "certificates are of PayPal's place");
    }
    (void)paypal_subject_of(arena, &call);
}

static void read_razorpay_webhook(struct arena *arena, const char *text, size_t length)
{
    const struct webhook_call call = { .body = text, .body_length = length };

    (void)razorpay_read_webhook(arena, text, length);
    (void)razorpay_subject_of(arena, &call);
}

static void read_paypal_webhook(struct arena *arena, const char *text, size_t length)
{
    (void)paypal_read_webhook(arena, text, length);
}

static void read_stripe_webhook(struct arena *arena, const char *text, size_t length)
{
    (void)stripe_read_webhook(arena, text, length);
}

static void read_easypost_webhook(struct arena *arena, const char *text, size_t length)
{
    struct carrier_event event;

    (void)easypost_webhook_read(arena, base64_encode(arena, text, length), &event);
    (void)easypost_webhook_read(arena, text, &event);
}

/* --- Answers ------------------------------------------------------------------------------------ */

/* "<status>\n<body>" */
static struct http_end end_of(struct arena *arena, const char *text, size_t length)
{
    const char *line = memchr(text, '\n', length);
    const char *body = line == NULL ? text : line + 1;
    int64_t status = 200;

    if (line != NULL) {
        (void)text_to_int(arena_copy_text(arena, text, (size_t)(line - text)), &status);
    }
    size_t body_length = length - (size_t)(body - text);
    return (struct http_end){ .fate = HTTP_ANSWERED,
                              .status = status,
                              .body = arena_copy(arena, body, body_length + 1),
                              .body_length = body_length };
}

static void read_stripe_answers(struct arena *arena, const char *text, size_t length)
{
    const struct http_end end = end_of(arena, text, length);
    struct payment_call call = { .order_id = "ord_mfrggzdfmztwq2lknnwg23tpoa",
                                 .payment_id = "ord_mfrggzdfmztwq2lknnwg23tpoa-P1",
                                 .operation_id = "ord_mfrggzdfmztwq2lknnwg23tpoa-C1",
                                 .amount_minor = 1000,
                                 .currency = "EUR",
                                 .provider_ref = "pi_1" };

    for (int operation = 1; operation < PAYMENT_CALL_OPERATION_UNKNOWN; operation++) {
        const void *result = NULL;

        call.operation = (enum payment_call_operation)operation;
        (void)stripe_read(arena, &call, &end, false, &result);
        (void)stripe_read_asked(arena, &call, &end, true, &result);
    }
}

static void read_easypost_answers(struct arena *arena, const char *text, size_t length)
{
    const struct http_end end = end_of(arena, text, length);
    const struct carrier_call call = { .order_id = "ord_mfrggzdfmztwq2lknnwg23tpoa",
                                       .shipment_id = "ord_mfrggzdfmztwq2lknnwg23tpoa-S1",
                                       .parcel_no = 1,
                                       .reference = "ord_mfrggzdfmztwq2lknnwg23tpoa-S1",
                                       .carrier_ref = "shp_1",
                                       .rate_id = "rate_1" };
    const void *result = NULL;

    for (int asked = 0; asked < 2; asked++) {
        (void)easypost_create_read(arena, &call, &end, asked, &result);
        (void)easypost_buy_read(arena, &call, &end, asked, &result);
        (void)easypost_void_read(arena, &call, &end, asked, &result);
        (void)easypost_look_read(arena, &call, &end, asked, &result);
    }
}

/* --- Files of banks ------------------------------------------------------------------------------ */

/* What is read of a file fits the message that carries it, and every entry has a name of its own. */
static void check_bank_file(struct arena *arena, struct bank_file *file)
{
    for (size_t i = 0; i < file->count && file->fault == NULL; i++) {
        struct bank_statement_line *line = &file->entries[i].line;
        const struct bank_statement message = { .account = "DE89370400440532013000",
                                                .statement = file->entries[i].statement,
                                                .lines = line,
                                                .lines_count = 1 };
        struct violations violations = { .count = 0 };
        struct bank_statement again;
        struct buffer text;

        promise(line->amount_minor > 0, "a line moves something");
        buffer_init(&text, BANK_MESSAGE_BYTES);
        bank_statement_encode(&message, &text);
        promise(bank_statement_decode(arena, text.bytes, text.length, &again, &violations) == OK,
                "a line fits its message");
        buffer_release(&text);
        (void)bank_find(line);
        for (size_t other = 0; other < i && other < FEW; other++) {
            promise(strcmp(line->line_id, file->entries[other].line.line_id) != 0,
                    "no two lines have one name");
        }
    }
    arena_free(file->scratch);
}

static void read_camt(struct arena *arena, const char *text, size_t length)
{
    struct bank_file file = { .arena = arena, .scratch = arena_new(BANK_SCRATCH_BYTES_MAX) };

    camt_read(&file, text, length);
    check_bank_file(arena, &file);
}

static void read_bank_csv(struct arena *arena, const char *text, size_t length)
{
    static const struct bank_csv columns = { .delimiter = BANK_CSV_DELIMITER_SEMICOLON,
                                             .decimal = BANK_CSV_DECIMAL_COMMA,
                                             .date = BANK_CSV_DATE_DMY_DOT,
                                             .booked_on = "Tag",
                                             .amount = "Betrag",
                                             .payer_name = "Name",
                                             .text = "Zweck" };
    static const struct bank_account_view account = {
        .account = "DE89370400440532013000", .body = { .currency = "EUR", .csv = &columns }
    };
    struct bank_file file = { .arena = arena, .scratch = arena_new(BANK_SCRATCH_BYTES_MAX) };

    bank_csv_read(&file, &account, text, length);
    check_bank_file(arena, &file);
}

/* --- All of them -------------------------------------------------------------------------------- */

static const struct edge {
    const char *name;
    void (*run)(struct arena *arena, const char *text, size_t length);
} edges[] = {
    { "precondition", read_precondition },
    { "idempotency_key", read_idempotency_key },
    { "lines", read_lines },
    { "prefer", read_prefer },
    { "credentials", read_credentials },
    { "language", read_language },
    { "trace", read_trace },
    { "envelope", read_envelope },
    { "target", read_target },
    { "cursor", read_cursor },
    { "ids", read_ids },
    { "instant", read_instant },
    { "choice", read_choice },
    { "webhook", check_webhook },
    { "paypal_headers", check_paypal_headers },
    { "paypal_webhook", read_paypal_webhook },
    { "razorpay_webhook", read_razorpay_webhook },
    { "stripe_webhook", read_stripe_webhook },
    { "easypost_webhook", read_easypost_webhook },
    { "stripe_answer", read_stripe_answers },
    { "easypost_answer", read_easypost_answers },
    { "camt", read_camt },
    { "bank_csv", read_bank_csv },
};

size_t edge_count(void)
{
    return sizeof edges / sizeof edges[0];
}

size_t edge_find(const char *name)
{
    size_t i = 0;

    while (i < edge_count() && !text_equal(edges[i].name, name)) {
        i++;
    }
    return i;
}

void edge_run(size_t edge, struct arena *arena, const char *text, size_t length)
{
    edges[edge].run(arena, text, length);
}
