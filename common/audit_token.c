/* audit_token.c - access tokens of the auditor: a session of its own there, as it has one with the database. */
#include "common/audit_parts.h"
#include "common/waiting.h"

#include <inttypes.h>
#include <string.h>

enum { TOKEN_MS = 5000 };

/* A failure is left to outside_token_take: it is no token then. */
static enum err ask(struct audit *audit, size_t target)
{
    const struct outside_access *access = &audit->options.access[target];
    struct arena *arena = audit->ctx.arena;
    const char *const headers[] = {
        "Content-Type: application/x-www-form-urlencoded",
        text_format(arena, "Authorization: %s",
                    access->authorization == NULL ? "" : access->authorization),
        NULL,
    };
    const struct http_fetch_request request = {
        .url = text_format(arena, "%s%s", access->base_url, access->token_path),
        .headers = headers,
        .timeout_ms = TOKEN_MS,
        .post = true,
        .body = "grant_type=client_credentials",
    };
    struct http_fetched answer = { 0 };
    enum err err = http_fetch(audit->fetcher, &audit->ctx, &request, &answer);

    if (err) {
        return err;
    }
    struct http_end end = { .fate = HTTP_ANSWERED,
                            .status = answer.status,
                            .body = arena_copy_text(arena, answer.body, answer.body_length),
                            .body_length = answer.body_length };
    return outside_token_take(&audit->tokens[target], &end, monotonic_ms())
               ? OK
               : err_set(&audit->ctx, ERR_RETRY, "no access token: it was answered with %" PRId64,
                         answer.status);
}

enum err audit_authorization(struct audit *audit, size_t target, const char **ret)
{
    const struct outside_access *access = &audit->options.access[target];
    enum err err = OK;

    *ret = access->authorization;
    if (access->token_path == NULL) {
        return OK;
    }
    if (outside_token_value(&audit->tokens[target], monotonic_ms()) == NULL) {
        err = ask(audit, target);
    }
    const char *value = err ? NULL : outside_token_value(&audit->tokens[target], monotonic_ms());
    *ret = value == NULL ? NULL : arena_copy_text(audit->ctx.arena, value, strlen(value));
    return err;
}

void audit_authorization_doubt(struct audit *audit, size_t target)
{
    outside_token_doubt(&audit->tokens[target], monotonic_ms());
}
