/* main.c - the world outside, for the bench: one role of three, cheaply.
 *
 *     outside payment_provider|carrier|mail_catcher --port N [options of the stand-in of that name]
 *
 * It shares no code with what it judges.  Its books are kept in memory: --books is taken, and nothing is written.
 */
#include "tests/bench/outside/loop.h"
#include "tests/bench/outside/roles.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_MAX = 200, PORT_LIMIT = 65536, SIZE_LIMIT = 10 << 20 };

enum option_letter {
    OPTION_HOST = 'a',
    OPTION_PORT,
    OPTION_SMTP_PORT,
    OPTION_BOOKS,
    OPTION_PUBLIC_URL,
    OPTION_API_KEY_FILE,
    OPTION_WEBHOOK_URL,
    OPTION_WEBHOOK_SECRET_FILE,
    OPTION_WEBHOOK_CONCURRENCY,
    OPTION_WEBHOOK_TIMEOUT_MS,
    OPTION_WEBHOOK_TRIES,
    OPTION_WEBHOOK_BACKOFF_MS,
    OPTION_WEBHOOK_BACKOFF_CAP_MS,
    OPTION_TRANSIT_MS,
    OPTION_REFUND_MS,
    OPTION_REFUSE_ZIP,
    OPTION_CURRENCY,
    OPTION_SIZE_LIMIT,
    OPTION_REFUSE_PERCENT
};

static const struct option names[] = {
    { "host", required_argument, NULL, OPTION_HOST },
    { "port", required_argument, NULL, OPTION_PORT },
    { "smtp-port", required_argument, NULL, OPTION_SMTP_PORT },
    { "books", required_argument, NULL, OPTION_BOOKS },
    { "public-url", required_argument, NULL, OPTION_PUBLIC_URL },
    { "api-key-file", required_argument, NULL, OPTION_API_KEY_FILE },
    { "webhook-url", required_argument, NULL, OPTION_WEBHOOK_URL },
    { "webhook-secret-file", required_argument, NULL, OPTION_WEBHOOK_SECRET_FILE },
    { "webhook-concurrency", required_argument, NULL, OPTION_WEBHOOK_CONCURRENCY },
    { "webhook-timeout-ms", required_argument, NULL, OPTION_WEBHOOK_TIMEOUT_MS },
    { "webhook-tries", required_argument, NULL, OPTION_WEBHOOK_TRIES },
    { "webhook-backoff-ms", required_argument, NULL, OPTION_WEBHOOK_BACKOFF_MS },
    { "webhook-backoff-cap-ms", required_argument, NULL, OPTION_WEBHOOK_BACKOFF_CAP_MS },
    { "transit-ms", required_argument, NULL, OPTION_TRANSIT_MS },
    { "refund-ms", required_argument, NULL, OPTION_REFUND_MS },
    { "refuse-zip", required_argument, NULL, OPTION_REFUSE_ZIP },
    { "currency", required_argument, NULL, OPTION_CURRENCY },
    { "size-limit", required_argument, NULL, OPTION_SIZE_LIMIT },
    { "refuse-percent", required_argument, NULL, OPTION_REFUSE_PERCENT },
    { NULL, 0, NULL, 0 },
};

/* The first line of a file; NULL, and a message on stderr, when it cannot be read. */
static const char *secret_in(const char *path)
{
    char line[SECRET_MAX];
    FILE *file = fopen(path, "re");
    bool read = file != NULL && fgets(line, sizeof line, file) != NULL;

    if (file != NULL) {
        (void)fclose(file);
    }
    if (!read) {
        (void)fprintf(stderr, "outside: secret file %s cannot be read\n", path);
        return NULL;
    }
    return keep_bytes(line, strcspn(line, "\r\n"));
}

/* Where the number of an option goes; NULL when it takes a text. */
static long *number_of(struct options *options, int letter)
{
    long *const places[] = { [OPTION_PORT] = &options->port,
                             [OPTION_SMTP_PORT] = &options->smtp_port,
                             [OPTION_WEBHOOK_CONCURRENCY] = &options->webhooks.concurrency,
                             [OPTION_WEBHOOK_TIMEOUT_MS] = &options->webhooks.timeout_ms,
                             [OPTION_WEBHOOK_TRIES] = &options->webhooks.tries_max,
                             [OPTION_WEBHOOK_BACKOFF_MS] = &options->webhooks.backoff_ms,
                             [OPTION_WEBHOOK_BACKOFF_CAP_MS] = &options->webhooks.backoff_cap_ms,
                             [OPTION_REFUND_MS] = &options->refund_ms,
                             [OPTION_SIZE_LIMIT] = &options->size_limit,
                             [OPTION_REFUSE_PERCENT] = &options->refuse_percent };

    return places[letter];
}

static const char **text_of(struct options *options, int letter)
{
    const char **const places[] = { [OPTION_HOST] = &options->host,
                                    [OPTION_PUBLIC_URL] = &options->public_url,
                                    [OPTION_API_KEY_FILE] = &options->api_key,
                                    [OPTION_WEBHOOK_URL] = &options->webhooks.url,
                                    [OPTION_WEBHOOK_SECRET_FILE] = &options->webhooks.secret,
                                    [OPTION_TRANSIT_MS] = &options->transit_ms,
                                    [OPTION_REFUSE_ZIP] = &options->refuse_zip,
                                    [OPTION_CURRENCY] = &options->currency,
                                    [OPTION_REFUSE_PERCENT] = NULL };

    return places[letter];
}

static bool take_option(struct options *options, int letter, const char *value)
{
    long *number = number_of(options, letter);

    if (number != NULL) {
        char *end = NULL;

        *number = strtol(value, &end, 10);
        return end != value && *end == '\0' && *number >= 0;
    }
    const char **text = text_of(options, letter);
    if (text != NULL) {
        bool secret = letter == OPTION_API_KEY_FILE || letter == OPTION_WEBHOOK_SECRET_FILE;

        *text = secret ? secret_in(value) : value;
        return *text != NULL;
    }
    return letter == OPTION_BOOKS;
}

static bool read_options(struct options *options, int count, char **words)
{
    int letter = 0;

    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
    while ((letter = getopt_long(count, words, "", names, NULL)) != -1) {
        if (letter < OPTION_HOST || !take_option(options, letter, optarg)) {
            (void)fprintf(stderr, "outside: %s: no such option, or not with that value\n",
                          words[optind - 1]);
            return false;
        }
    }
    return options->port < PORT_LIMIT && options->smtp_port < PORT_LIMIT &&
           options->refuse_percent <= 100;
}

bool own_pages(const struct request *request, struct answer *answer, const char *name)
{
    bool health = strcmp(request->path, "/healthz") == 0;

    if (health) {
        text_format(answer->body, "{\"status\":\"ok\",\"standin\":\"%s\"}\n", name);
    } else if (request->path[1] == '_' || strcmp(name, "mail") == 0) {
        answer->status = 404;
        text_add_text(answer->body, "{\"error\":\"no such page here\"}\n");
    }
    return answer->body->length > 0;
}

int main(int count, char **words)
{
    static const struct {
        const char *name;
        bool (*start)(struct options *options);
    } roles[] = { { "payment_provider", payment_start },
                  { "carrier", carrier_start },
                  { "mail_catcher", mail_start } };
    static struct options options = {
        .host = "127.0.0.1",
        .transit_ms = "pre_transit=100,in_transit=600,out_for_delivery=700,delivered=600",
        .refuse_zip = "00000",
        .currency = "USD",
        .refund_ms = 200,
        .size_limit = SIZE_LIMIT,
        .webhooks = { .concurrency = 8,
                      .tries_max = 12,
                      .backoff_ms = 250,
                      .backoff_cap_ms = 30000,
                      .timeout_ms = 10000 },
    };

    for (size_t i = 0; count > 1 && i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(words[1], roles[i].name) != 0) {
            continue;
        }
        if (!read_options(&options, count - 1, words + 1)) {
            return EXIT_FAILURE;
        }
        loop_start();
        if (!roles[i].start(&options) || fflush(stdout) != 0) {
            return EXIT_FAILURE;
        }
        loop_run(webhooks_pump);
        return EXIT_SUCCESS;
    }
    (void)fprintf(stderr, "outside: the first word is payment_provider, carrier or mail_catcher\n");
    return EXIT_FAILURE;
}
