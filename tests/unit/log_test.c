/* log_test.c - every line is one JSON object, whatever is logged; read back through a pipe. */
#include "common/log.h"

#include "common/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>
#include <cmocka.h>

enum { OUTPUT_BYTES_MAX = 60000 }; /* below what a pipe holds, so that nobody waits */

struct capture {
    int saved_stdout, read_end;
};

static struct capture capture_start(void)
{
    struct capture capture;
    int ends[2];

    (void)fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    capture.saved_stdout = dup(STDOUT_FILENO);
    capture.read_end = ends[0];
    assert_true(capture.saved_stdout >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
    (void)close(ends[1]);
    return capture;
}

/* What was written since the start, NUL-terminated, for the caller to free. */
static char *capture_end(struct capture capture)
{
    char *text = calloc(1, OUTPUT_BYTES_MAX + 1);
    size_t length = 0;
    ssize_t got;

    assert_true(dup2(capture.saved_stdout, STDOUT_FILENO) >= 0); /* closes the write end */
    (void)close(capture.saved_stdout);
    while ((got = read(capture.read_end, text + length, OUTPUT_BYTES_MAX - length)) > 0)
        length += (size_t)got;
    (void)close(capture.read_end);
    return text;
}

static json_t *parse(const char *line)
{
    json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(json);
    return json;
}

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text == NULL ? "(none)" : text;
}

static void writes_members(void **state)
{
    int64_t instant_ms;

    (void)state;
    log_init("inventory", "inventory-0", LOG_LEVEL_INFO);
    struct capture capture = capture_start();
    log_warning("lane lost", LOG_INT("lane", -3), LOG_TEXT("reason", "lease"),
                LOG_TEXT("none", NULL));
    char *line = capture_end(capture);

    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *json = parse(line);
    assert_int_equal(json_object_size(json), 8);
    assert_true(instant_parse(text_of(json, "ts"), strlen(text_of(json, "ts")), &instant_ms));
    assert_true(instant_ms > INT64_C(1700000000000));
    assert_string_equal(text_of(json, "level"), "warning");
    assert_string_equal(text_of(json, "msg"), "lane lost");
    assert_string_equal(text_of(json, "service"), "inventory");
    assert_string_equal(text_of(json, "instance"), "inventory-0");
    assert_int_equal(json_integer_value(json_object_get(json, "lane")), -3);
    assert_string_equal(text_of(json, "reason"), "lease");
    assert_string_equal(text_of(json, "none"), "");
    json_decref(json);
    free(line);
}

static void escapes(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "a\"b\\c\n\t\x01\x7f", "a\"b\\c\n\t\x01\x7f" },
        { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x9a", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x9a\x9a" },
        { "\xff", "\xef\xbf\xbd" },
        { "a\xc3", "a\xef\xbf\xbd" },               /* ends within a sequence */
        { "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" }, /* overlong */
        { "\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* a surrogate */
        { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
        { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct capture capture = capture_start();
        log_info("seen", LOG_TEXT("text", cases[i].text));
        char *line = capture_end(capture);
        json_t *json = parse(line);
        assert_string_equal(text_of(json, "text"), cases[i].want);
        json_decref(json);
        free(line);
    }
}

/* Texts of every length around the limits: never invalid, never longer than a pipe takes at once. */
static void cuts_long_lines(void **state)
{
    static char text[3][5000];
    bool cut_seen = false;

    (void)state;
    for (size_t length = 900; length < 1100; length += 3) {
        for (size_t i = 0; i < 3; i++) {
            memset(text[i], i == 1 ? '"' : 'x', length);
            text[i][length] = '\0';
        }
        struct capture capture = capture_start();
        log_error("much", LOG_TEXT("a", text[0]), LOG_TEXT("b", text[1]), LOG_TEXT("c", text[2]),
                  LOG_INT("last", 1));
        char *line = capture_end(capture);
        json_t *json = parse(line);
        bool whole = json_object_get(json, "c") != NULL && json_object_get(json, "last") != NULL;
        assert_true(strlen(line) <= 4096);
        assert_int_equal(json_is_true(json_object_get(json, "cut")), !whole);
        assert_true(strlen(text_of(json, "a")) == (length < 1000 ? length : 1000));
        cut_seen = cut_seen || !whole;
        json_decref(json);
        free(line);
    }
    assert_true(cut_seen);
}

static void keeps_below_the_threshold_silent(void **state)
{
    uint64_t info = log_count(LOG_LEVEL_INFO), warning = log_count(LOG_LEVEL_WARNING);

    (void)state;
    log_set_level(LOG_LEVEL_WARNING);
    struct capture capture = capture_start();
    log_info("quiet");
    log_debug("quiet", LOG_INT("a", 1));
    log_warning("loud");
    char *line = capture_end(capture);
    log_set_level(LOG_LEVEL_INFO);

    json_t *json = parse(line);
    assert_string_equal(text_of(json, "msg"), "loud");
    assert_true(log_count(LOG_LEVEL_INFO) == info);
    assert_true(log_count(LOG_LEVEL_WARNING) == warning + 1);
    json_decref(json);
    free(line);
}

static void *log_many(void *argument)
{
    for (int i = 0; i < 50; i++)
        log_info("from a thread", LOG_TEXT("name", argument), LOG_INT("i", i));
    return NULL;
}

static void threads_do_not_mix_lines(void **state)
{
    static char names[4][2] = { "a", "b", "c", "d" };
    uint64_t before = log_count(LOG_LEVEL_INFO);
    pthread_t threads[4];
    int lines = 0;

    (void)state;
    struct capture capture = capture_start();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, names[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    char *text = capture_end(capture);

    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
        *end = '\0';
        json_decref(parse(line));
    }
    assert_int_equal(lines, 200);
    assert_true(log_count(LOG_LEVEL_INFO) == before + 200);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_members),
        cmocka_unit_test(escapes),
        cmocka_unit_test(cuts_long_lines),
        cmocka_unit_test(keeps_below_the_threshold_silent),
        cmocka_unit_test(threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
