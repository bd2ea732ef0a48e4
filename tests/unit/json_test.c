/* json_test.c - the reader of JSON takes what another reader takes, and understands the same. */
#include "proto/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <cmocka.h>

enum { TEXT_BYTES_MAX = 4096, ROUNDS = 60000, CHANGES_MAX = 4, ARENA_BYTES = 1 << 20 };

static struct arena *arena;
static uint64_t random_state = 7;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static size_t below(size_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % most);
}

static const char many_names[] =
    "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":0,\"k\":1,"
    "\"l\":2,\"m\":3,\"n\":4,\"o\":5,\"p\":6,\"q\":7}";

static const char *const documents[] = {
    "{\"a\":1,\"bb\":[true,false,null,-0,0,12,-7],\"c\":{\"d\":\"x\",\"e\":{}},\"f\":[]}",
    "[\"\\u00e9\\ud83d\\ude00\\n\\\\\\\"\\/\\b\\f\\r\\t\",\"\303\251\360\237\230\200\",\"\"]",
    " { \"n\" : [ 9223372036854775807 , -9223372036854775808 , 1.5 , 1e3 , -0.0E-7 ] } ",
    many_names,
    "[[[[[{\"a\":[{\"a\":[]}]}]]]],\"\355\237\277\",\"\357\277\277\",\"\364\217\277\277\"]",
};

/* What makes or breaks a document, most likely. */
static const char *const pieces[] = {
    "\"",         "\\",       ",",
    ":",          "{",        "}",
    "[",          "]",        "0",
    "-",          "1",        ".",
    "e",          "+",        " ",
    "\n",         "\\u",      "\\u0000",
    "\\ud8",      "\\udc00",  "d83d",
    "true",       "nul",      "\"a\":1,",
    "\303",       "\251",     "\355\240\200",
    "\x01",       "\177",     "\xff",
    "\\x",        "\300\200", "//",
    "1234567890", "\"b\"",    "\\uD834\\uDD1E",
};

static size_t change(char *text, size_t length)
{
    size_t at = below(length + 1), cut = below(3) == 0 ? below(6) : 0;
    const char *piece = below(4) == 0 ? "" : pieces[below(sizeof pieces / sizeof pieces[0])];
    size_t added = strlen(piece);

    cut = cut < length - at ? cut : length - at;
    memmove(text + at + added, text + at + cut, length - at - cut);
    for (size_t i = 0; i < added; i++) {
        text[at + i] = piece[i];
    }
    return length - cut + added;
}

static bool has_large_real(const json_error_t *error)
{
    return json_error_code(error) == json_error_numeric_overflow &&
           strstr(error->text, "real") != NULL;
}

/* Both take it or both refuse it, and what one writes the other reads as the same. */
static bool assert_agreed(const char *text, size_t length)
{
    char *exact = malloc(length + 1); /* of the exact size: a sanitizer sees a read beyond it */
    struct json_error error = { 0 };
    json_error_t other_error;

    assert_non_null(exact);
    exact = realloc(memcpy(exact, text, length), length > 0 ? length : 1);
    const struct json_value *value = json_parse(arena, exact, length, &error);
    json_t *other = json_loadb(exact, length, JSON_REJECT_DUPLICATES, &other_error);

    if (value == NULL) {
        assert_true(other == NULL);
        assert_true(error.what != NULL && error.at >= exact && error.at <= exact + length);
    } else if (other == NULL) {
        assert_true(has_large_real(&other_error)); /* reals are not looked at */
    } else {
        struct buffer written;

        buffer_init(&written, (size_t)6 * TEXT_BYTES_MAX);
        json_write(&written, value);
        json_t *again = json_loadb(written.bytes, written.length, JSON_REJECT_DUPLICATES, NULL);
        assert_true(json_equal(again, other));
        assert_true(json_same(value, json_parse(arena, written.bytes, written.length, &error)));
        json_decref(again);
        buffer_release(&written);
    }
    json_decref(other);
    free(exact);
    arena_reset(arena);
    return value != NULL;
}

static void test_agrees_with_another_reader(void **state)
{
    int taken = 0;

    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        assert_true(assert_agreed(documents[i], strlen(documents[i])));
    }
    for (int round = 0; round < ROUNDS; round++) {
        char text[TEXT_BYTES_MAX];
        const char *document = documents[below(sizeof documents / sizeof documents[0])];
        size_t length = 0, changes = 1 + below(CHANGES_MAX);

        for (; document[length] != '\0'; length++) {
            text[length] = document[length];
        }
        for (size_t i = 0; i < changes; i++) {
            length = change(text, length);
        }
        taken += assert_agreed(text, length) ? 1 : 0;
    }
    assert_in_range(taken, ROUNDS / 20, ROUNDS / 2); /* else the changes are too wild or too tame */
}

static void test_every_beginning_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        size_t whole = strlen(documents[i]) - (i == 2 ? 1 : 0); /* that one ends with a space */

        for (size_t length = 0; length < whole; length++) {
            assert_false(assert_agreed(documents[i], length));
        }
    }
}

/* Thousands of names are compared in a time that grows with their number, not its square. */
static void test_finds_one_repeated_name_of_many(void **state)
{
    enum { NAMES = 20000 };
    struct json_error error = { 0 };
    struct buffer text;

    (void)state;
    buffer_init(&text, (size_t)16 * NAMES);
    for (int64_t i = 0; i < NAMES; i++) {
        buffer_append_text(&text, i == 0 ? "{\"" : ",\"");
        buffer_append_int(&text, i);
        buffer_append_text(&text, "\":1");
    }
    struct arena *large = arena_new((size_t)32 * text.bytes_max);
    buffer_append_text(&text, "}");
    assert_non_null(json_parse(large, text.bytes, text.length, &error));
    text.length--;
    buffer_append_text(&text, ",\"777\":2}");
    assert_null(json_parse(large, text.bytes, text.length, &error));
    assert_string_equal(error.what, "must not repeat a field of an object");
    arena_free(large);
    buffer_release(&text);
}

static void test_compares(void **state)
{
    static const struct {
        const char *text;
        bool same;
    } rows[] = {
        { "[1,1]", true },
        { "[1,1.0]", false },
        { "[{\"a\":1,\"b\":[2]},{\"b\":[2],\"a\":1}]", true },
        { "[{\"a\":1},{\"a\":1,\"b\":2}]", false },
        { "[{\"a\":1,\"b\":2},{\"a\":1}]", false },
        { "[[1,2],[1]]", false },
        { "[[1],[1,2]]", false },
        { "[\"a\",\"\\u0061\"]", true },
        { "[true,false]", false },
        { "[null,null]", true },
        { "[null,false]", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_error error = { 0 };
        const struct json_value *array =
            json_parse(arena, rows[i].text, strlen(rows[i].text), &error);

        assert_non_null(array);
        assert_int_equal(json_same(array->is.items.first, array->is.items.first->next),
                         rows[i].same);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_another_reader),
        cmocka_unit_test(test_every_beginning_is_refused),
        cmocka_unit_test(test_finds_one_repeated_name_of_many),
        cmocka_unit_test(test_compares),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
