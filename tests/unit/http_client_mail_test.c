/* http_client_mail_test.c - mails to a server that takes them, refuses at each step, or goes away. */
#include "common/http_client.h"

#include "tests/unit/sockets.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

/* Where the server does something else than to say yes; the step is in the recipient's name. */
enum step { GREETING, SENDER, RECIPIENT, DATA, TEXT, STEP_COUNT };

/* What it does there. */
struct plan {
    enum step step;
    const char *reply; /* NULL: closes the connection instead */
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of the next two */
static struct plan plan;                                  /* of the call that runs */
static char received[4096];                               /* the last message taken */

static struct plan plan_now(void)
{
    (void)pthread_mutex_lock(&mutex);
    struct plan now = plan;
    (void)pthread_mutex_unlock(&mutex);
    return now;
}

static void set_plan(struct plan wanted)
{
    (void)pthread_mutex_lock(&mutex);
    plan = wanted;
    received[0] = '\0';
    (void)pthread_mutex_unlock(&mutex);
}

static void assert_received(const char *text)
{
    (void)pthread_mutex_lock(&mutex);
    assert_string_equal(received, text);
    (void)pthread_mutex_unlock(&mutex);
}

static const char *const yes[STEP_COUNT] = {
    [GREETING] = "220 stub\r\n", [SENDER] = "250 sender\r\n", [RECIPIENT] = "250 recipient\r\n",
    [DATA] = "354 go on\r\n",    [TEXT] = "250 taken\r\n",
};

/* False when the connection is to be closed. */
static bool reply(int fd, enum step step)
{
    struct plan now = plan_now();
    bool special = now.step == step;

    if (special && now.reply == NULL)
        return false;
    socket_write(fd, special ? now.reply : yes[step]);
    return true;
}

static bool take_text(int fd)
{
    char text[sizeof received] = { 0 };

    if (!socket_read_to(fd, "\r\n.\r\n", text, sizeof text))
        return false;
    (void)pthread_mutex_lock(&mutex);
    memcpy(received, text, sizeof received);
    (void)pthread_mutex_unlock(&mutex);
    return reply(fd, TEXT);
}

static bool serve_line(int fd, const char *line)
{
    if (strncasecmp(line, "MAIL FROM:<shop@example.org>", 28) == 0)
        return reply(fd, SENDER);
    if (strncasecmp(line, "RCPT TO:<someone@example.org>", 29) == 0)
        return reply(fd, RECIPIENT);
    if (strncasecmp(line, "DATA", 4) == 0)
        return reply(fd, DATA) && (plan_now().step == DATA || take_text(fd));
    if (strncasecmp(line, "QUIT", 4) == 0)
        return false;
    socket_write(fd, strncasecmp(line, "EHLO", 4) == 0 || strncasecmp(line, "RSET", 4) == 0
                         ? "250 stub\r\n"
                         : "500 what?\r\n");
    return true;
}

static void serve_mail(struct stub *stub, int fd)
{
    char line[1024];

    (void)stub;
    if (!reply(fd, GREETING))
        return;
    while (socket_read_to(fd, "\r\n", line, sizeof line) && serve_line(fd, line))
        ; /* until one side has enough */
}

struct bench {
    struct stub *stub;
    struct http_client *client;
};

static int open_bench(void **state)
{
    static struct bench bench;
    struct http_client_options options = { .calls_at_once_max = 2,
                                           .calls_a_host_max = 2,
                                           .body_bytes_max = 4096 };
    struct ctx ctx = { 0 };

    set_plan((struct plan){ .step = STEP_COUNT });
    bench.stub = stub_open(serve_mail);
    assert_int_equal(http_client_open(&ctx, &options, &bench.client), OK);
    *state = &bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;

    bench->client = http_client_close(bench->client);
    stub_close(bench->stub);
    return 0;
}

static const char *const message = "Subject: your order\r\n\r\nDear customer,\r\n.hidden dot\r\n";

static struct http_end *send_mail(struct bench *bench, const char *to, const char *credentials)
{
    char url[64];
    struct pollfd ready = { .fd = http_client_fd(bench->client), .events = POLLIN };

    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%d/kervan.example", bench->stub->port);
    http_client_send(bench->client, &(struct http_call){ .method = "MAIL",
                                                         .url = url,
                                                         .body = message,
                                                         .body_length = strlen(message),
                                                         .mail_from = "shop@example.org",
                                                         .mail_to = to,
                                                         .credentials = credentials,
                                                         .timeout_ms = 2000 });
    assert_int_equal(poll(&ready, 1, 10000), 1);
    struct http_end *end = http_client_take(bench->client);
    assert_non_null(end);
    return end;
}

static void assert_fate(struct bench *bench, struct plan wanted, enum http_fate fate,
                        int64_t status)
{
    set_plan(wanted);
    struct http_end *end = send_mail(bench, "someone@example.org", NULL);
    if (end->fate != fate || end->status != status) {
        fail_msg("step %d: fate %d status %lld (%s)", (int)wanted.step, (int)end->fate,
                 (long long)end->status, end->error);
    }
    http_end_free(end);
}

static void a_message_arrives_whole(void **state)
{
    struct bench *bench = *state;

    for (int i = 0; i < 3; i++) {
        assert_fate(bench, (struct plan){ .step = STEP_COUNT }, HTTP_ANSWERED, 250);
        assert_received("Subject: your order\r\n\r\nDear customer,\r\n..hidden dot\r\n.\r\n");
    }
    assert_int_equal(atomic_load(&bench->stub->connections), 1);
}

static void a_refusal_is_an_answer_at_every_step(void **state)
{
    struct bench *bench = *state;

    assert_fate(bench, (struct plan){ GREETING, "421 too busy\r\n" }, HTTP_ANSWERED, 421);
    assert_fate(bench, (struct plan){ SENDER, "553 who?\r\n" }, HTTP_ANSWERED, 553);
    assert_fate(bench, (struct plan){ RECIPIENT, "550 nobody here\r\n" }, HTTP_ANSWERED, 550);
    assert_fate(bench, (struct plan){ DATA, "451 later\r\n" }, HTTP_ANSWERED, 451);
    assert_fate(bench, (struct plan){ TEXT, "554 spam\r\n" }, HTTP_ANSWERED, 554);
}

static void a_lost_connection_leaves_doubt_only_once_text_was_taken(void **state)
{
    struct bench *bench = *state;

    assert_fate(bench, (struct plan){ GREETING, NULL }, HTTP_NOT_SENT, 0);
    assert_fate(bench, (struct plan){ SENDER, NULL }, HTTP_NOT_SENT, 0);
    assert_fate(bench, (struct plan){ RECIPIENT, NULL }, HTTP_NOT_SENT, 0);
    assert_fate(bench, (struct plan){ DATA, NULL }, HTTP_NOT_SENT, 0);
    assert_fate(bench, (struct plan){ TEXT, NULL }, HTTP_UNKNOWN, 0);
}

static void addresses_cannot_carry_commands(void **state)
{
    struct bench *bench = *state;
    struct http_end *end = send_mail(bench, "a@example.org>\r\nRCPT TO:<b@example.org", NULL);

    assert_int_equal(end->fate, HTTP_NOT_SENT);
    assert_int_equal(atomic_load(&bench->stub->connections), 0);
    http_end_free(end);
}

static void a_password_stays_here_without_tls(void **state)
{
    struct bench *bench = *state;
    struct http_end *end = send_mail(bench, "someone@example.org", "user:hush");

    assert_int_equal(end->fate, HTTP_NOT_SENT);
    assert_received("");
    http_end_free(end);
}

#define BENCH_TEST(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(a_message_arrives_whole),
        BENCH_TEST(a_refusal_is_an_answer_at_every_step),
        BENCH_TEST(a_lost_connection_leaves_doubt_only_once_text_was_taken),
        BENCH_TEST(addresses_cannot_carry_commands),
        BENCH_TEST(a_password_stays_here_without_tls),
    };

    return cmocka_run_group_tests_name("http_client mail", tests, NULL, NULL);
}
