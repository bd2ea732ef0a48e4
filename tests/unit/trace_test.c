/* trace_test.c - traceparents read and written, spans filled, and what a collector is sent. */
#include "common/buffer.h"
#include "common/span.h"
#include "common/text.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TRACE_ID "0af7651916cd43dd8448eb211c80319c"
#define SPAN_ID  "b7ad6b7169203331"

static void reads_what_it_writes(void **state)
{
    static const char *const texts[] = {
        "00-" TRACE_ID "-" SPAN_ID "-00",
        "00-" TRACE_ID "-" SPAN_ID "-01",
        "00-" TRACE_ID "-" SPAN_ID "-02",
        "00-" TRACE_ID "-" SPAN_ID "-03",
        "00-00000000000000000000000000000001-0000000000000001-01",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct trace trace;

        assert_true(trace_parse(texts[i], &trace));
        assert_string_equal(trace_format(&trace).text, texts[i]);
        assert_int_equal(trace.sampled, texts[i][54] == '1' || texts[i][54] == '3');
    }
}

/* Of a flag that we do not know, and of a later version, only what we know goes on. */
static void reads_later_versions_as_this_one(void **state)
{
    static const char *const later[] = {
        "01-" TRACE_ID "-" SPAN_ID "-01",
        "cc-" TRACE_ID "-" SPAN_ID "-01-what-the-future-brings",
        "00-" TRACE_ID "-" SPAN_ID "-fd",
    };
    struct trace trace;

    (void)state;
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        assert_true(trace_parse(later[i], &trace));
        assert_string_equal(trace_format(&trace).text, "00-" TRACE_ID "-" SPAN_ID "-01");
    }
}

static const char *const wrong[] = {
    "",
    "00",
    "nonsense",
    "00-" TRACE_ID "-" SPAN_ID "-0",
    "00-" TRACE_ID "-" SPAN_ID "-010",
    "00-" TRACE_ID "-" SPAN_ID "-01-",
    "00-" TRACE_ID "-" SPAN_ID "-01-more",
    "cc-" TRACE_ID "-" SPAN_ID "-01.more",
    "ff-" TRACE_ID "-" SPAN_ID "-01",
    "0x-" TRACE_ID "-" SPAN_ID "-01",
    "00_" TRACE_ID "-" SPAN_ID "-01",
    "00-" TRACE_ID "_" SPAN_ID "-01",
    "00-" TRACE_ID "-" SPAN_ID "_01",
    "00-" TRACE_ID "-" SPAN_ID "-0g",
    "00-0AF7651916CD43DD8448EB211C80319C-" SPAN_ID "-01",
    "00-" TRACE_ID "-B7AD6B7169203331-01",
    "00-00000000000000000000000000000000-" SPAN_ID "-01",
    "00-" TRACE_ID "-0000000000000000-01",
    "00-0af7651916cd43dd8448eb211c80319g-" SPAN_ID "-01",
};

static void refuses_what_is_malformed(void **state)
{
    struct trace trace = { .sampled = true };

    (void)state;
    assert_false(trace_parse(NULL, &trace));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_string_equal(trace_parse(wrong[i], &trace) ? wrong[i] : "refused", "refused");
        assert_false(trace_is_valid(wrong[i]));
    }
    assert_true(trace.sampled); /* as it was */
}

static struct span some_span(void)
{
    struct span span = { .recorded = true, .kind = SPAN_CONSUMER, .start_ns = 1, .end_ns = 2 };

    assert_true(trace_parse("00-" TRACE_ID "-" SPAN_ID "-01", &span.trace));
    return span;
}

static json_t *encoded(const struct span *spans, size_t count)
{
    const struct span_source source = { "order", "order-1" };
    struct buffer out;
    json_error_t error;

    buffer_init(&out, 1 << 20);
    spans_encode(&source, spans, count, &out);
    assert_false(out.overflowed);
    json_t *json = json_loadb(out.bytes, out.length, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        fail_msg("%s in %.*s", error.text, (int)out.length, out.bytes);
    }
    buffer_release(&out);
    return json;
}

static const json_t *spans_of(const json_t *json)
{
    const json_t *resource = json_array_get(json_object_get(json, "resourceSpans"), 0);
    const json_t *scope = json_array_get(json_object_get(resource, "scopeSpans"), 0);

    return json_object_get(scope, "spans");
}

/* Ids are hex, instants and 64-bit numbers text, kinds numbers: as OTLP's JSON has it. */
static void encodes_spans_as_otlp(void **state)
{
    struct span spans[2] = { some_span(), some_span() };
    struct span *span = &spans[1];

    (void)state;
    span->start_ns = 1732269298123456789;
    span->has_parent = true;
    span->parent[7] = 0xab;
    span->failed = true;
    span_name(&spans[0], "first", "one");
    span_name(span, "process", "order.events");
    span_text(span, "kervan.type", "a \"quoted\" one");
    span_text(span, "absent", NULL);
    span_number(span, "kervan.lane", -3);
    json_t *json = encoded(spans, 2);
    const json_t *list = spans_of(json);

    assert_int_equal(json_array_size(list), 2);
    assert_null(json_object_get(json_array_get(list, 0), "parentSpanId"));
    char *text = json_dumps(json_array_get(list, 1), JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(
        text,
        "{\"attributes\":[{\"key\":\"kervan.type\",\"value\":{\"stringValue\":\"a \\\"quoted\\\" "
        "one\"}},{\"key\":\"kervan.lane\",\"value\":{\"intValue\":\"-3\"}}],\"endTimeUnixNano\":"
        "\"2\",\"kind\":5,\"name\":\"process "
        "order.events\",\"parentSpanId\":\"00000000000000ab\",\"spanId\":\"" SPAN_ID
        "\",\"startTimeUnixNano\":\"1732269298123456789\",\"status\":{\"code\":2},\"traceId\":"
        "\"" TRACE_ID "\"}");
    free(text);
    json_decref(json);
}

static void keeps_what_there_is_room_for(void **state)
{
    struct span span = some_span();
    char long_text[SPAN_TEXT_BYTES];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    span_name(&span, "process", long_text);
    span_text(&span, "too long", long_text);
    span_text(&span, "short", "fits");
    for (int i = 0; i < 2 * SPAN_ATTRIBUTES_MAX; i++) {
        span_number(&span, "number", i);
    }
    assert_int_equal(span.attribute_count, SPAN_ATTRIBUTES_MAX);
    assert_string_equal(span.attributes[0].key, "short");
    assert_in_range(strlen(span.text), 100, 127);
    json_decref(encoded(&span, 1));
}

static void what_is_not_recorded_costs_nothing(void **state)
{
    struct span span = { .recorded = false };

    (void)state;
    span_name(&span, "process", "order.events");
    span_text(&span, "key", "text");
    span_number(&span, "key", 1);
    assert_int_equal(span.text_length + span.attribute_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(reads_later_versions_as_this_one),
        cmocka_unit_test(refuses_what_is_malformed),
        cmocka_unit_test(encodes_spans_as_otlp),
        cmocka_unit_test(keeps_what_there_is_room_for),
        cmocka_unit_test(what_is_not_recorded_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
