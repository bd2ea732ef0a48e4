/* health.c - `kervan health`: whether everything that is needed answers, and what is wrong where.
 *
 * A failure of one is told beside the others, so that one call says all of it.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/http_fetch.h"
#include "common/text.h"
#include "common/topic_admin.h"
#include "tools/kervan/session.h"

#include <ctype.h>
#include <string.h>

enum { CHECKS_MAX = 2 * SERVICES_MAX + 4, HTTP_MS = 3000, BODY_BYTES_MAX = 1 << 20, CELLS = 3 };
enum { SERVICE, FREE_LANES, LIVE, GAPS, PARKED, REQUESTS };

static const struct field fields[CELLS] = {
    { "what", "WHAT", CELL_TEXT },
    { "state", "STATE", CELL_TEXT },
    { "detail", "DETAIL", CELL_TEXT },
};

struct report {
    struct invocation *call;
    const char *cells[CHECKS_MAX * CELLS];
    size_t rows;
};

/* "good", "warning" (a person should look) or "bad" (it does not work). */
static void tell(struct report *report, const char *what, const char *state, const char *detail)
{
    if (report->rows < CHECKS_MAX) {
        const char *told[] = { what, state, detail };

        memcpy(report->cells + CELLS * report->rows++, told, sizeof told);
    }
    if (!text_equal(state, "good")) {
        report->call->status = EXIT_WRONG;
    }
}

static const char *keep_detail(const struct ctx *ctx)
{
    return text_format(ctx->arena, "%s", ctx->detail);
}

static const char *words_of(struct ctx *ctx, const char *const *cells)
{
    return text_format(ctx->arena,
                       "%s live, %s lanes without an owner, %s gaps, %s parked, %s asked",
                       cells[LIVE], cells[FREE_LANES], cells[GAPS], cells[PARKED], cells[REQUESTS]);
}

static void tell_service(struct report *report, const char *const *cells)
{
    bool works = !text_equal(cells[LIVE], "0") && text_equal(cells[FREE_LANES], "0");
    bool clean = text_equal(cells[GAPS], "0") && text_equal(cells[PARKED], "0") &&
                 text_equal(cells[REQUESTS], "0");
    const char *state = works ? "warning" : "bad";

    tell(report, text_format(report->call->ctx->arena, "%s: lanes", cells[SERVICE]),
         works && clean ? "good" : state, words_of(report->call->ctx, cells));
}

static void check_database(struct report *report, struct listing *services)
{
    const struct question question = { .statements = SQL_RANGE(HEALTH_SERVICE, HEALTH_SERVICE),
                                       .statement = SQL(HEALTH_SERVICE),
                                       .field_count = REQUESTS + 1 };
    struct ctx *ctx = report->call->ctx;
    enum err err = ask_services(report->call, &question, services);

    tell(report, "PostgreSQL", err ? "bad" : "good", err ? keep_detail(ctx) : "answers");
    for (size_t row = 0; row < services->rows; row++) {
        const char *const *cells = services->cells + row * question.field_count;

        if (!text_equal(cells[SERVICE],
                        "gateway")) { /* it has a schema like the others, and no lanes */
            tell_service(report, cells);
        }
    }
}

static void check_kafka(struct report *report)
{
    struct topic_admin *admin = NULL;
    struct ctx *ctx = report->call->ctx;

    if (environment("KERVAN_KAFKA")[0] == '\0') {
        tell(report, "Kafka", "bad", "KERVAN_KAFKA is not set");
        return;
    }
    enum err err = topic_admin_open(ctx, environment("KERVAN_KAFKA"),
                                    environment("KERVAN_KAFKA_PROPERTIES"), &admin);
    tell(report, "Kafka", err ? "bad" : "good", err ? keep_detail(ctx) : "answers");
    topic_admin_close(admin);
}

static void check_http(struct report *report, struct http_fetcher *fetcher, const char *name,
                       const char *address)
{
    struct ctx *ctx = report->call->ctx;
    const struct http_fetch_request request = { .url =
                                                    text_format(ctx->arena, "%s/readyz", address),
                                                .timeout_ms = HTTP_MS };
    struct http_fetched answer = { 0 };
    enum err err = http_fetch(fetcher, ctx, &request, &answer);
    const char *detail =
        err ? keep_detail(ctx)
            : text_format(ctx->arena, "%s answers %lld", request.url, (long long)answer.status);

    tell(report, text_format(ctx->arena, "%s: ready", name),
         !err && answer.status == 200 ? "good" : "bad", detail);
}

/* KERVAN_ORDER_API for the order service; KERVAN_URL is the gateway's. */
static const char *address_of(struct ctx *ctx, const char *service)
{
    char *name = arena_copy_text(ctx->arena, service, strlen(service));

    for (char *at = name; *at != '\0'; at++) {
        *at = (char)toupper((unsigned char)*at);
    }
    return text_equal(service, "gateway")
               ? environment("KERVAN_URL")
               : environment(text_format(ctx->arena, "KERVAN_%s_API", name));
}

static enum err check_services(struct report *report, const struct listing *services)
{
    struct http_fetcher *fetcher = NULL;
    struct ctx *ctx = report->call->ctx;
    enum err err = http_fetcher_open(ctx, BODY_BYTES_MAX, &fetcher);

    for (size_t row = 0; row < services->rows && !err; row++) {
        const char *name = services->cells[row * (REQUESTS + 1)];
        const char *address = address_of(ctx, name);

        if (address[0] != '\0') {
            check_http(report, fetcher, name, address);
        }
    }
    http_fetcher_close(fetcher);
    return err;
}

enum err run_health(struct invocation *call)
{
    struct report *report = arena_alloc(call->ctx->arena, sizeof *report);
    struct section checks = { .fields = fields, .field_count = CELLS };
    struct listing services = { NULL, 0 };

    report->call = call;
    check_database(report, &services);
    check_kafka(report);
    enum err err = check_services(report, &services);
    checks.listing = (struct listing){ report->cells, report->rows };
    return err ? err : print_list(call, &checks, "");
}
