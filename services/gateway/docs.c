/* docs.c - the interface's own description: a page, openapi.yaml with its schemas, and each kind of problem. */
#include "services/gateway/call.h"

#include "api/api_page.h"
#include "common/arena.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>

enum { PATH_LENGTH_MAX = 200, FILE_BYTES_MAX = 1 << 20, STATUS_OK = 200 };

static const char page_head[] = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                                "<meta name=\"viewport\" content=\"width=device-width\">"
                                "<link rel=\"icon\" href=\"data:,\"><title>Kervan: ";

static void begin_page(struct http_answer *answer, const char *title)
{
    answer->status = STATUS_OK;
    answer->content_type = "text/html; charset=utf-8";
    http_answer_header(answer, "Content-Security-Policy: default-src 'none'; img-src data:");
    buffer_append_text(&answer->body, page_head);
    buffer_append_text(&answer->body, title);
    buffer_append_text(&answer->body, "</title></head><body>\n<h1>");
    buffer_append_text(&answer->body, title);
    buffer_append_text(&answer->body, "</h1>\n");
}

static void end_page(struct http_answer *answer)
{
    buffer_append_text(&answer->body, "</body></html>\n");
}

void answer_docs(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    (void)gateway;
    (void)request;
    answer->status = STATUS_OK;
    answer->content_type = "text/html; charset=utf-8";
    http_answer_header(answer, "Content-Security-Policy: default-src 'none'; img-src data:; "
                               "style-src 'unsafe-inline'");
    buffer_append(&answer->body, api_page, api_page_length);
}

/* --- Problems --------------------------------------------------------------------------------- */

static void append_problem(const struct http_request *request, struct buffer *body,
                           const struct problem_entry *entry)
{
    const struct problem_type *problem = &entry->problem;

    buffer_append_text(body,
                       text_format(request->ctx->arena,
                                   "<section id=\"%s\"><h2>%d %s</h2>\n<p><code>%s</code></p>\n"
                                   "<p>%s</p></section>\n",
                                   problem->slug, problem->status, problem->title, problem->slug,
                                   entry->meaning));
}

void answer_problem_list(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    (void)gateway;
    begin_page(answer, "problems");
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        append_problem(request, &answer->body, &problem_catalogue[i]);
    }
    end_page(answer);
}

void answer_problem_page(void *gateway, const struct http_request *request,
                         struct http_answer *answer)
{
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const struct problem_entry *entry = problem_find(http_path(request, "slug"));

    if (entry == NULL) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "there is no such kind of problem");
        return;
    }
    begin_page(answer, "a problem");
    append_problem(request, &answer->body, entry);
    buffer_append_text(&answer->body, "<p><a href=\"/docs/problems\">All problems</a></p>\n");
    end_page(answer);
}

/* --- Files ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);

    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/* Lower-case words with slashes, dots and underlines between: never up, never hidden, never absolute. */
static bool is_plain_path(const char *path)
{
    size_t length = strlen(path);

    if (length == 0 || length > PATH_LENGTH_MAX ||
        strspn(path, "abcdefghijklmnopqrstuvwxyz0123456789_./") != length) {
        return false;
    }
    return strstr(path, "..") == NULL && strstr(path, "/.") == NULL && strstr(path, "//") == NULL &&
           path[0] != '.' && path[0] != '/';
}

static const char *type_of(const char *path)
{
    if (ends_with(path, ".json")) {
        return "application/schema+json";
    }
    return ends_with(path, ".yaml") ? "application/yaml" : NULL;
}

static bool append_file(struct buffer *body, const char *path)
{
    FILE *file = fopen(path, "re");
    char block[4096];
    size_t count = 0;

    if (file == NULL) {
        return false;
    }
    do { /* ends: a file that is too long is not shown */
        count = fread(block, 1, sizeof block, file);
        buffer_append(body, block, count);
    } while (count == sizeof block && body->length <= FILE_BYTES_MAX);
    bool whole = ferror(file) == 0 && body->length <= FILE_BYTES_MAX;
    return fclose(file) == 0 && whole;
}

void answer_docs_file(void *service, const struct http_request *request, struct http_answer *answer)
{
    struct gateway *gateway = service;
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const char *path = http_path(request, "*");
    const char *type = is_plain_path(path) ? type_of(path) : NULL;

    if (type == NULL || !append_file(&answer->body, text_format(request->ctx->arena, "%s/%s",
                                                                gateway->settings.docs, path))) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "there is no such file");
        return;
    }
    answer->status = STATUS_OK;
    answer->content_type = type;
}
