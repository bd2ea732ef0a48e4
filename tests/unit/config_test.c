/* config_test.c - which of environment, file and default wins, and that every error names its setting. */
#include "common/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *brokers, *password;
static int64_t port;
static bool debug;

static const struct setting settings[] = {
    { .name = "KERVAN_BROKERS",
      .kind = SETTING_TEXT,
      .value = &brokers,
      .min = 1,
      .max = 40,
      .help = "Kafka's addresses" },
    { .name = "KERVAN_PORT",
      .kind = SETTING_INT,
      .value = &port,
      .default_text = "8081",
      .min = 1,
      .max = 65535,
      .help = "where to listen" },
    { .name = "KERVAN_DEBUG",
      .kind = SETTING_BOOL,
      .value = &debug,
      .default_text = "false",
      .help = "log more" },
    { .name = "KERVAN_PASSWORD",
      .kind = SETTING_SECRET,
      .value = &password,
      .default_text = "",
      .max = 20,
      .help = "of the database" },
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

/* Files without a name, which leave nothing behind; their paths lead through /proc. */
static FILE *config, *secret;
static char config_path[40], secret_path[40];

static void open_file(FILE **file, char path[40])
{
    *file = tmpfile();
    assert_non_null(*file);
    (void)snprintf(path, 40, "/proc/self/fd/%d", fileno(*file));
}

static void set(const char *name, const char *value)
{
    (void)setenv(name, value, 1); /* NOLINT(concurrency-mt-unsafe): this test has one thread */
}

static void unset(const char *name)
{
    (void)unsetenv(name); /* NOLINT(concurrency-mt-unsafe): this test has one thread */
}

static void release(const char **text)
{
    void *memory;

    memcpy(&memory, text, sizeof memory); /* a setting's text is const to all but this test */
    free(memory);
    *text = NULL;
}

static int set_up(void **state)
{
    (void)state;
    open_file(&config, config_path);
    open_file(&secret, secret_path);
    set("KERVAN_BROKERS", "kafka:9092");
    for (size_t i = 1; i < SETTING_COUNT; i++)
        unset(settings[i].name);
    unset("KERVAN_PASSWORD_FILE");
    unset("KERVAN_CONFIG");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)fclose(config);
    (void)fclose(secret);
    release(&brokers);
    release(&password);
    return 0;
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void use_config(const char *text)
{
    write_file(config_path, text, strlen(text));
    set("KERVAN_CONFIG", config_path);
}

static void assert_reads(void)
{
    struct ctx ctx = { 0 };

    release(&brokers);
    release(&password);
    enum err err = config_read(&ctx, settings, SETTING_COUNT);
    assert_string_equal(ctx.detail, "");
    assert_int_equal(err, OK);
}

/* Fails with these words; "%" stands for the path of the config file. */
static void assert_refuses(const char *want)
{
    struct ctx ctx = { 0 };
    char text[256];

    release(&brokers);
    release(&password);
    assert_int_equal(config_read(&ctx, settings, SETTING_COUNT), ERR_FATAL);
    (void)snprintf(text, sizeof text, "%s%s", *want == '%' ? config_path : "",
                   want + (*want == '%'));
    assert_string_equal(ctx.detail, text);
}

static void takes_defaults(void **state)
{
    (void)state;
    assert_reads();
    assert_string_equal(brokers, "kafka:9092");
    assert_int_equal(port, 8081);
    assert_false(debug);
    assert_string_equal(password, "");
}

static void the_environment_wins(void **state)
{
    (void)state;
    use_config("# what we run\n; on the shop floor\n\nbrokers = a:1, b:2 ; c=3 \r\n"
               "  port=9000\ndebug = true\npassword = from file");
    assert_reads();
    assert_string_equal(brokers, "kafka:9092");
    assert_int_equal(port, 9000);
    assert_true(debug);
    assert_string_equal(password, "from file");

    unset("KERVAN_BROKERS");
    set("KERVAN_PORT", "9001");
    set("KERVAN_DEBUG", "0");
    assert_reads();
    assert_string_equal(brokers, "a:1, b:2 ; c=3");
    assert_int_equal(port, 9001);
    assert_false(debug);
}

static void reads_secrets_from_files(void **state)
{
    (void)state;
    write_file(secret_path, "s3cret = #1\r\nnext line", 22);
    set("KERVAN_PASSWORD_FILE", secret_path);
    assert_reads();
    assert_string_equal(password, "s3cret = #1");

    char text[128];
    unset("KERVAN_PASSWORD_FILE");
    (void)snprintf(text, sizeof text, "password_file = %s\n", secret_path);
    use_config(text);
    assert_reads();
    assert_string_equal(password, "s3cret = #1");
    set("KERVAN_PASSWORD", "from the environment");
    assert_reads();
    assert_string_equal(password, "from the environment");
}

static void refuses_values(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        { "KERVAN_PORT", "0", "KERVAN_PORT is \"0\", but must be a number from 1 to 65535" },
        { "KERVAN_PORT", "65536",
          "KERVAN_PORT is \"65536\", but must be a number from 1 to 65535" },
        { "KERVAN_PORT", "", "KERVAN_PORT is \"\", but must be a number from 1 to 65535" },
        { "KERVAN_PORT", "80 ", "KERVAN_PORT is \"80 \", but must be a number from 1 to 65535" },
        { "KERVAN_DEBUG", "yes", "KERVAN_DEBUG is \"yes\", but must be \"true\" or \"false\"" },
        { "KERVAN_BROKERS", "", "KERVAN_BROKERS has 0 bytes, but must have 1 to 40" },
        { "KERVAN_PASSWORD", "do not tell this one!",
          "KERVAN_PASSWORD has 21 bytes, but must have 0 to 20" },
        { "KERVAN_PASSWORD_FILE", "/nowhere/at/all",
          "KERVAN_PASSWORD_FILE: could not open \"/nowhere/at/all\": No such file or directory" },
        { "KERVAN_CONFIG", "/nowhere/at/all",
          "could not open \"/nowhere/at/all\": No such file or directory" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set(cases[i].name, cases[i].value);
        assert_refuses(cases[i].want);
        assert_int_equal(tear_down(state) + set_up(state), 0);
    }
    unset("KERVAN_BROKERS");
    assert_refuses("KERVAN_BROKERS is required: Kafka's addresses");
}

static void refuses_lines(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "port = 1\nprot = 2\n", "%:2: unknown setting \"prot\"" },
        { "PORT = 1\n", "%:1: unknown setting \"PORT\"" },
        { "port_file = 1\n", "%:1: unknown setting \"port_file\"" },
        { "= 1\n", "%:1: unknown setting \"\"" },
        { "port = 1\n\nport = 2\n", "%:3: \"port\" is set twice" },
        { "[server]\nport = 1\n", "%:1: write \"key = value\", without sections" },
        { "[port=1]\n", "%:1: write \"key = value\", without sections" },
        { "port\n", "%:1: write \"key = value\", without sections" },
        { "port: 1\n", "%:1: write \"key = value\", without sections" },
        { "port = many\n", "KERVAN_PORT is \"many\", but must be a number from 1 to 65535" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        use_config(cases[i].text);
        assert_refuses(cases[i].want);
    }
}

static void refuses_two_sources_of_a_secret(void **state)
{
    (void)state;
    write_file(secret_path, "s3cret", 6);
    set("KERVAN_PASSWORD_FILE", secret_path);
    set("KERVAN_PASSWORD", "other");
    assert_refuses("KERVAN_PASSWORD and KERVAN_PASSWORD_FILE are both set; leave one");
}

static void bounds_files(void **state)
{
    static char big[70000];
    char want[128];

    (void)state;
    memset(big, '#', sizeof big - 1);
    use_config(big);
    (void)snprintf(want, sizeof want, "\"%s\" is larger than 65536 bytes", config_path);
    assert_refuses(want);
    write_file(config_path, "port = 1\0 2\n", 12);
    (void)snprintf(want, sizeof want, "\"%s\" contains a zero byte", config_path);
    assert_refuses(want);

    char lines[300 * 10] = "";
    for (int i = 0; i < 300; i++)
        (void)snprintf(lines + strlen(lines), sizeof lines - strlen(lines), "k%d = 1\n", i);
    use_config(lines);
    assert_refuses("%:257: more than 256 settings");
}

/* What `print` writes to standard output. */
static void capture(void (*print)(const struct setting *, size_t), char *text, size_t size)
{
    int ends[2];

    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_true(saved >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[1], STDOUT_FILENO) >= 0);
    print(settings, SETTING_COUNT);
    (void)fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    (void)close(saved);
    (void)close(ends[1]);
    ssize_t length = read(ends[0], text, size - 1); /* below what a pipe holds */
    (void)close(ends[0]);
    assert_true(length > 0);
    text[length] = '\0';
}

static void masks_secrets(void **state)
{
    char text[4096];

    (void)state;
    set("KERVAN_PASSWORD", "do not tell");
    assert_reads();
    capture(config_log, text, sizeof text);
    assert_null(strstr(text, "do not tell"));
    assert_non_null(strstr(text, "\"name\":\"KERVAN_PASSWORD\",\"value\":\"***\"}"));
    assert_non_null(strstr(text, "\"name\":\"KERVAN_BROKERS\",\"value\":\"kafka:9092\"}"));
    assert_non_null(strstr(text, "\"name\":\"KERVAN_PORT\",\"value\":8081}"));
    assert_non_null(strstr(text, "\"name\":\"KERVAN_DEBUG\",\"value\":\"false\"}"));
}

static void helps(void **state)
{
    char text[4096];

    (void)state;
    capture(config_help, text, sizeof text);
    assert_string_equal(
        text, "KERVAN_BROKERS   (required)    Kafka's addresses\n"
              "KERVAN_PORT      8081          where to listen\n"
              "KERVAN_DEBUG     false         log more\n"
              "KERVAN_PASSWORD                of the database; or in a file, by NAME_FILE\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_defaults), TEST(the_environment_wins), TEST(reads_secrets_from_files),
        TEST(refuses_values), TEST(refuses_lines),        TEST(refuses_two_sources_of_a_secret),
        TEST(bounds_files),   TEST(masks_secrets),        TEST(helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
