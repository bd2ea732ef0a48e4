/* http_problem.c - what went wrong, as application/problem+json (RFC 9457). */
#include "common/http_server.h"

#include "common/log.h"

static void add_member(struct buffer *body, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_append_text(body, ",");
    buffer_append_json_string(body, name);
    buffer_append_text(body, ":");
    buffer_append_json_string(body, value);
}

static void add_faults(struct buffer *body, const struct problem_words *words)
{
    if (words->fault_count == 0)
        return;
    buffer_append_text(body, ",\"errors\":[");
    for (size_t i = 0; i < words->fault_count; i++) {
        buffer_append_text(body, i > 0 ? ",{\"detail\":" : "{\"detail\":");
        buffer_append_json_string(body, words->faults[i].detail);
        add_member(body, "pointer", words->faults[i].pointer);
        buffer_append_text(body, "}");
    }
    buffer_append_text(body, "]");
}

void http_problem(const struct http_request *request, struct http_answer *answer,
                  const struct problem_type *problem, const struct problem_words *words)
{
    struct buffer *body = &answer->body;

    answer->status = problem->status;
    answer->content_type = "application/problem+json";
    buffer_clear(body);
    buffer_append_text(body, "{\"type\":\"" HTTP_PROBLEM_BASE);
    buffer_append_text(body, problem->slug);
    buffer_append_text(body, "\"");
    add_member(body, "title", problem->title);
    buffer_append_text(body, ",\"status\":");
    buffer_append_int(body, problem->status);
    add_member(body, "detail", words->detail);
    add_member(body, "request_id", request->request_id);
    add_faults(body, words);
    buffer_append_text(body, "}");
}

void http_problem_err(const struct http_request *request, struct http_answer *answer, enum err err)
{
    static const struct {
        struct problem_type problem;
        const char *detail; /* NULL: the context's, which is written for whoever asked */
    } rows[ERR_COUNT] = {
        [OK] = { { "internal", "Internal error", 500 }, "the request cannot be answered" },
        [ERR_INPUT] = { { "malformed", "Malformed request", 400 }, NULL },
        [ERR_NOTFOUND] = { { "not-found", "Not found", 404 }, NULL },
        [ERR_RULE] = { { "refused", "Refused by a rule", 422 }, NULL },
        [ERR_CONFLICT] = { { "conflict", "Conflict", 409 },
                           "somebody else changed it meanwhile; read it again and repeat" },
        [ERR_RETRY] = { { "unavailable", "Temporarily unavailable", 503 },
                        "a part of the system is away; repeat the request later" },
        [ERR_FATAL] = { { "internal", "Internal error", 500 },
                        "the request cannot be answered; its id tells the operators why" },
    };
    struct problem_words words = { .detail = rows[err].detail };

    if (words.detail == NULL) {
        words.detail = request->ctx->detail;
    } else {
        log_error("request failed", LOG_TEXT("err", err_name(err)),
                  LOG_TEXT("request_id", request->request_id),
                  LOG_TEXT("detail", request->ctx->detail));
    }
    if (err == ERR_RETRY)
        http_answer_header(answer, "Retry-After: 1");
    http_problem(request, answer, &rows[err].problem, &words);
}
