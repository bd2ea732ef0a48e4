/* gateway_problems_test.c - the catalogue is whole, and a refusal reads as RFC 9457 wants it.
 *
 * links: gateway
 */
#include "common/arena.h"
#include "services/gateway/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct bench {
    struct ctx ctx;
    struct http_request request;
    struct http_answer answer;
    struct call call;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){ .ctx = { .arena = arena_new(1 << 20) } };
    bench->request = (struct http_request){ .ctx = &bench->ctx, .request_id = "r-1" };
    bench->call = (struct call){ .request = &bench->request, .answer = &bench->answer };
    buffer_init(&bench->answer.body, 1 << 16);
}

static void expect_body(struct bench *bench, int status, const char *body)
{
    buffer_append(&bench->answer.body, "", 1);
    assert_int_equal(bench->answer.status, status);
    assert_string_equal(bench->answer.content_type, "application/problem+json");
    assert_string_equal(bench->answer.body.bytes, body);
    buffer_release(&bench->answer.body);
    arena_free(bench->ctx.arena);
}

static void catalogue_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        const struct problem_entry *entry = &problem_catalogue[i];

        assert_non_null(entry->meaning);
        assert_in_range(entry->problem.status, 400, 599);
        assert_ptr_equal(problem_find(entry->problem.slug), entry);
    }
    assert_null(problem_find("nonsense"));
}

static void unavailable_says_when(void **state)
{
    struct bench bench;

    (void)state;
    begin(&bench);
    call_refuse(&bench.call, PROBLEM_UNAVAILABLE, "later");
    assert_string_equal(bench.answer.headers[0], "Retry-After: 1");
    expect_body(&bench, 503,
                "{\"type\":\"/docs/problems#unavailable\",\"title\":\"Temporarily unavailable\","
                "\"status\":503,\"detail\":\"later\",\"request_id\":\"r-1\"}");
}

static void pointers_are_of_the_body(void **state)
{
    struct violations violations = { .count = 0 };
    struct bench bench;

    (void)state;
    begin(&bench);
    violations_clear(&violations);
    violations_add(&violations, "/body/reason", "required", "is missing");
    call_refuse_body(&bench.call, &violations, "/body");
    expect_body(&bench, 400,
                "{\"type\":\"/docs/problems#validation\",\"title\":\"The body does not fit its "
                "schema\",\"status\":400,\"detail\":\"correct what the errors point "
                "to\",\"request_id\":\"r-1\",\"errors\":[{\"detail\":\"is "
                "missing\",\"pointer\":\"/reason\"}]}");
}

static void owners_words_are_passed_on(void **state)
{
    const struct field_error error = { .pointer = "/total_minor", .detail = "is 1 too high" };
    const struct problem problem = { .type = "https://kervan.example/problems/invalid",
                                     .title = "The request is not valid",
                                     .detail = "no",
                                     .errors = &error,
                                     .errors_count = 1 };
    const struct gateway_reply reply = { .status = 422, .problem = &problem };
    struct bench bench;

    (void)state;
    begin(&bench);
    call_refuse_reply(&bench.call, &reply);
    expect_body(&bench, 422,
                "{\"type\":\"/docs/problems#invalid\",\"title\":\"The request is not "
                "valid\",\"status\":422,\"detail\":\"no\",\"request_id\":\"r-1\",\"errors\":[{"
                "\"detail\":\"is 1 too high\",\"pointer\":\"/total_minor\"}]}");
}

static void a_reply_without_words_is_a_refusal(void **state)
{
    const struct gateway_reply reply = { .status = 409 };
    struct bench bench;

    (void)state;
    begin(&bench);
    call_refuse_reply(&bench.call, &reply);
    expect_body(&bench, 409,
                "{\"type\":\"/docs/problems#refused\",\"title\":\"Refused by a rule\","
                "\"status\":409,\"request_id\":\"r-1\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalogue_is_whole),
        cmocka_unit_test(unavailable_says_when),
        cmocka_unit_test(pointers_are_of_the_body),
        cmocka_unit_test(owners_words_are_passed_on),
        cmocka_unit_test(a_reply_without_words_is_a_refusal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
