/* metrics_test.c - the text that Prometheus reads, by the letter and by its own parser. */
#include "common/metrics.h"

#include "common/buffer.h"
#include "common/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* All there is to scrape, NUL-terminated, for the caller to free. */
static char *scrape(void)
{
    struct buffer out;

    buffer_init(&out, 1 << 20);
    metrics_write(&out);
    assert_false(out.overflowed);
    char *text = calloc(1, out.length + 1);
    memcpy(text, out.bytes, out.length);
    buffer_release(&out);
    return text;
}

/* Runs first: nothing else is registered yet. */
static void writes_by_the_letter(void **state)
{
    static const char want[] = "# HELP kervan_records_total Records read.\n"
                               "# TYPE kervan_records_total counter\n"
                               "kervan_records_total{lane=\"3\"} 42\n"
                               "kervan_records_total{lane=\"4\"} 0\n"
                               "# HELP kervan_lanes Lanes held.\n"
                               "# TYPE kervan_lanes gauge\n"
                               "kervan_lanes 1.5\n"
                               "# HELP kervan_batch_seconds Time of a batch.\n"
                               "# TYPE kervan_batch_seconds histogram\n"
                               "kervan_batch_seconds_bucket{service=\"order\",le=\"0.1\"} 2\n"
                               "kervan_batch_seconds_bucket{service=\"order\",le=\"2.5\"} 3\n"
                               "kervan_batch_seconds_bucket{service=\"order\",le=\"+Inf\"} 4\n"
                               "kervan_batch_seconds_sum{service=\"order\"} 11.15\n"
                               "kervan_batch_seconds_count{service=\"order\"} 4\n"
                               "# HELP kervan_size_bytes Sizes.\n"
                               "# TYPE kervan_size_bytes histogram\n"
                               "kervan_size_bytes_bucket{le=\"1000000\"} 0\n"
                               "kervan_size_bytes_bucket{le=\"+Inf\"} 0\n"
                               "kervan_size_bytes_sum 0\n"
                               "kervan_size_bytes_count 0\n"
                               "# HELP kervan_log_lines_total Lines logged.\n";
    const double seconds[] = { 0.1, 2.5 }, bytes[] = { 1e6 };

    (void)state;
    struct metric *records =
        metric_register(METRIC_COUNTER, "kervan_records_total", "lane=\"3\"", "Records read.");
    struct metric *lanes = metric_register(METRIC_GAUGE, "kervan_lanes", NULL, "Lanes held.");
    struct metric *batch = metric_histogram("kervan_batch_seconds", "service=\"order\"",
                                            "Time of a batch.", seconds, 2);
    (void)metric_histogram("kervan_size_bytes", NULL, "Sizes.", bytes, 1);
    (void)metric_register(METRIC_COUNTER, "kervan_records_total", "lane=\"4\"", "Records read.");
    metric_add(records, 41);
    metric_add(records, 1);
    metric_set(lanes, 3.5);
    metric_add(lanes, -2);
    metric_observe(batch, 0.05);
    metric_observe(batch, 0.1); /* a bound belongs to its bucket */
    metric_observe(batch, 1);
    metric_observe(batch, 10);

    char *text = scrape();
    text[sizeof want - 1] = '\0';
    assert_string_equal(text, want);
    free(text);
    assert_true(metric_value(records) == 42);
    assert_true(metric_value(lanes) == 1.5);
    assert_true(metric_value(batch) == 4);
}

static void same_name_and_labels_is_the_same_metric(void **state)
{
    (void)state;
    struct metric *one = metric_register(METRIC_GAUGE, "kervan_same", "a=\"1\"", "Same.");
    assert_ptr_equal(metric_register(METRIC_GAUGE, "kervan_same", "a=\"1\"", "Same."), one);
    assert_ptr_not_equal(metric_register(METRIC_GAUGE, "kervan_same", "a=\"2\"", "Same."), one);
    assert_ptr_not_equal(metric_register(METRIC_GAUGE, "kervan_same", NULL, "Same."), one);
}

static void writes_any_number(void **state)
{
    static const struct {
        double number;
        const char *want;
    } cases[] = {
        { 0, "\nkervan_number 0\n" },
        { 0.1, "\nkervan_number 0.1\n" },
        { 1.0 / 3, "\nkervan_number 0.3333333333333333\n" },
        { 1732269298.123, "\nkervan_number 1732269298.123\n" },
        { -1e300, "\nkervan_number -1e+300\n" },
        { (double)__builtin_inff(), "\nkervan_number +Inf\n" },
        { -(double)__builtin_inff(), "\nkervan_number -Inf\n" },
    };
    struct metric *gauge = metric_register(METRIC_GAUGE, "kervan_number", NULL, "A number.");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        metric_set(gauge, cases[i].number);
        char *text = scrape();
        assert_non_null(strstr(text, cases[i].want));
        free(text);
    }
    metric_set(gauge, (double)__builtin_nanf(""));
    char *text = scrape();
    assert_null(strstr(text, "\nkervan_number ")); /* says nothing */
    assert_non_null(strstr(text, "# TYPE kervan_number gauge\n"));
    free(text);
    metric_set(gauge, 0);
}

static struct metric *shared_counter, *shared_gauge, *shared_seconds;

static void *count_many(void *argument)
{
    (void)argument;
    for (int i = 0; i < 10000; i++) {
        metric_add(shared_counter, 1);
        metric_add(shared_gauge, i % 2 == 0 ? 3 : -1);
        metric_observe(shared_seconds, i % 2 == 0 ? 0.25 : 100);
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    pthread_t threads[4];

    (void)state;
    shared_counter = metric_register(METRIC_COUNTER, "kervan_shared_total", NULL, "Shared.");
    shared_gauge = metric_register(METRIC_GAUGE, "kervan_shared_level", NULL, "Shared.");
    shared_seconds = metric_seconds("kervan_shared_seconds", NULL, "Shared.");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    char *text = scrape(); /* while they count */
    free(text);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    assert_true(metric_value(shared_counter) == 40000);
    assert_true(metric_value(shared_gauge) == 40000);
    assert_true(metric_value(shared_seconds) == 40000);
    text = scrape();
    assert_non_null(strstr(text, "kervan_shared_seconds_sum 2005000\n"));
    assert_non_null(strstr(text, "kervan_shared_seconds_bucket{le=\"0.1\"} 0\n"));
    assert_non_null(strstr(text, "kervan_shared_seconds_bucket{le=\"0.25\"} 20000\n"));
    assert_non_null(strstr(text, "kervan_shared_seconds_bucket{le=\"10\"} 20000\n"));
    assert_non_null(strstr(text, "kervan_shared_seconds_bucket{le=\"+Inf\"} 40000\n"));
    free(text);
}

/* The value of a sample without labels. */
static double sample(const char *text, const char *name)
{
    char line_start[80];

    (void)snprintf(line_start, sizeof line_start, "\n%s ", name);
    const char *at = strstr(text, line_start);
    assert_non_null(at);
    return strtod(at + strlen(line_start), NULL);
}

static void knows_its_process(void **state)
{
    char *before = scrape();
    int file = dup(STDOUT_FILENO);
    char *after = scrape();
    double now = (double)time(NULL);

    (void)state;
    assert_true(file >= 0);
    (void)close(file);
    assert_true(sample(after, "process_open_fds") == sample(before, "process_open_fds") + 1);
    assert_true(sample(after, "process_open_fds") <= sample(after, "process_max_fds"));
    assert_true(sample(after, "process_resident_memory_bytes") > 100000);
    assert_true(sample(after, "process_cpu_seconds_total") > 0);
    assert_true(sample(after, "process_start_time_seconds") > now - 600);
    assert_true(sample(after, "process_start_time_seconds") <= now + 1);
    free(before);
    free(after);
}

static void counts_log_lines(void **state)
{
    char want[80];

    (void)state;
    log_error("a line for the counter");
    (void)snprintf(want, sizeof want, "kervan_log_lines_total{level=\"error\"} %d\n",
                   (int)log_count(LOG_LEVEL_ERROR));
    char *text = scrape();
    assert_non_null(strstr(text, want));
    assert_true(log_count(LOG_LEVEL_ERROR) > 0);
    free(text);
}

/* Prometheus' own Python client reads it: each name once, and as many samples as lines.  Exit code 2
 * says that the module is not installed. */
static void parses_elsewhere(void **state)
{
    static const char reader[] =
        "/usr/bin/python3 -c '\n"
        "import sys\n"
        "try:\n"
        "    from prometheus_client.parser import text_string_to_metric_families as parse\n"
        "except ImportError:\n"
        "    sys.exit(2)\n"
        "text = sys.stdin.read()\n"
        "found = list(parse(text))\n"
        "names = [family.name for family in found]\n"
        "samples = [sample for family in found for sample in family.samples]\n"
        "lines = [line for line in text.splitlines() if not line.startswith(\"#\")]\n"
        "assert len(names) == len(set(names)), names\n"
        "assert len(samples) == len(lines), (len(samples), len(lines))\n"
        "assert all(f.type in (\"counter\", \"gauge\", \"histogram\") for f in found), found\n"
        "assert all(f.documentation for f in found), found\n"
        "assert \"process_open_fds\" in names and text.endswith(\"\\n\")\n"
        "'";
    char *text = scrape();

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    FILE *pipe = popen(reader, "w"); /* NOLINT(cert-env33-c): a constant command in a test */
    assert_non_null(pipe);
    (void)fputs(text, pipe);
    free(text);
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 2)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_by_the_letter),
        cmocka_unit_test(same_name_and_labels_is_the_same_metric),
        cmocka_unit_test(writes_any_number),
        cmocka_unit_test(threads_lose_nothing),
        cmocka_unit_test(knows_its_process),
        cmocka_unit_test(counts_log_lines),
        cmocka_unit_test(parses_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
