/* intent_lists.c - payment intents by time, and by their metadata. */
#define _GNU_SOURCE /* strcasestr */
#include "tests/bench/outside/intents.h"

#include "tests/bench/outside/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 10, PAGE_MAX = 100, CLAUSES_MAX = 8, NAME_MAX_BYTES = 640 };

static const char list_fields[] =
    "limit starting_after ending_before created customer expand payment_intent charge query page";

/* The intents with one value of one name, newest first. */
struct link {
    struct intent *intent;
    struct link *next;
};

static struct map by_metadata;

/* Name and value as one name; returns its length. */
static size_t joined(char *ret, const char *name, size_t name_length, const char *value)
{
    int length = snprintf(ret, NAME_MAX_BYTES, "%.*s\n%s", (int)name_length, name, value);

    return (size_t)(length < NAME_MAX_BYTES ? length : NAME_MAX_BYTES - 1);
}

void intents_index(struct intent *intent, const struct form *form)
{
    static const char start[] = "metadata[";

    for (size_t i = 0; i < form->count; i++) {
        const char *name = form->fields[i].name;
        char place[NAME_MAX_BYTES];

        if (strncmp(name, start, sizeof start - 1) != 0) {
            continue;
        }
        name += sizeof start - 1;
        size_t length = joined(place, name, strcspn(name, "]"), form->fields[i].value);
        struct link *link = keep(sizeof *link);
        *link = (struct link){ intent, map_find(&by_metadata, place, length) };
        map_put(&by_metadata, keep_bytes(place, length), length, link);
    }
}

/* --- Pages ------------------------------------------------------------------------------------- */

struct page {
    struct text *body;
    size_t limit, count;
    bool whole_charges, more;
};

static bool page_of(const struct form *form, struct page *ret, struct payment_error *error)
{
    const char *limit = form_find(form, "limit"), *expand = form_find(form, "expand[]");
    const char *unknown = form_unknown(form, list_fields);

    if (unknown != NULL) {
        *error =
            invalid_error("parameter_unknown", unknown, "Received unknown parameter: %s", unknown);
        return false;
    }
    ret->limit = limit == NULL ? PAGE : strtoul(limit, NULL, 10);
    ret->whole_charges = expand != NULL && strcmp(expand, "data.latest_charge") == 0;
    if (ret->limit < 1 || ret->limit > PAGE_MAX) {
        *error = invalid_error(NULL, "limit", "limit must be at most %d", PAGE_MAX);
        return false;
    }
    return true;
}

/* False once the page is full. */
static bool page_add(struct page *page, const struct intent *intent)
{
    if (page->count == page->limit) {
        page->more = true;
        return false;
    }
    if (page->count++ > 0) {
        text_add(page->body, ",", 1);
    }
    intent_add_json(page->body, intent, &intent->state, page->whole_charges);
    return true;
}

bool intents_list(const struct form *form, struct text *body, struct payment_error *error)
{
    struct page page = { .body = body };
    const char *after = form_find(form, "starting_after"), *low = form_find(form, "created[gte]"),
               *high = form_find(form, "created[lte]");
    const struct intent *from = intents_newest();

    if (!page_of(form, &page, error)) {
        return false;
    }
    if (after != NULL) {
        const struct intent *last = intent_find(after, error);

        if (last == NULL) {
            return false;
        }
        from = last->older;
    }
    text_add_text(body, "{\"object\":\"list\",\"url\":\"/v1/payment_intents\",\"data\":[");
    for (const struct intent *intent = from; intent != NULL; intent = intent->older) {
        bool within = (low == NULL || intent->created_at >= strtoll(low, NULL, 10)) &&
                      (high == NULL || intent->created_at <= strtoll(high, NULL, 10));

        if (within && !page_add(&page, intent)) {
            break;
        }
    }
    text_format(body, "],\"has_more\":%s}", page.more ? "true" : "false");
    return true;
}

/* --- Search ------------------------------------------------------------------------------------ */

/* `metadata['name']:'value'`, `status:'…'` and `currency:'…'`, joined by AND. */
struct query {
    struct link *lists[CLAUSES_MAX];
    size_t list_count;
    char status[64], currency[64];
};

/* A quoted text at *at, which moves behind it; false when there is none. */
static bool read_quoted(const char **at, char *ret, size_t size)
{
    char quote = **at;
    const char *end = quote == '\'' || quote == '"' ? strchr(*at + 1, quote) : NULL;
    size_t length = end == NULL ? 0 : (size_t)(end - *at - 1);

    if (end == NULL || length >= size) {
        return false;
    }
    memcpy(ret, *at + 1, length);
    ret[length] = '\0';
    *at = end + 1;
    return true;
}

static bool read_metadata(const char **at, struct query *query)
{
    char name[64], value[512], place[NAME_MAX_BYTES];

    *at += strlen("metadata[");
    if (!read_quoted(at, name, sizeof name) || strncmp(*at, "]:", 2) != 0) {
        return false;
    }
    *at += 2;
    if (!read_quoted(at, value, sizeof value) || query->list_count == CLAUSES_MAX) {
        return false;
    }
    query->lists[query->list_count++] =
        map_find(&by_metadata, place, joined(place, name, strlen(name), value));
    return true;
}

static bool read_clause(const char **at, struct query *query)
{
    if (strncmp(*at, "metadata[", 9) == 0) {
        return read_metadata(at, query);
    }
    bool of_status = strncmp(*at, "status:", 7) == 0;
    if (!of_status && strncmp(*at, "currency:", 9) != 0) {
        return false;
    }
    *at += of_status ? 7 : 9;
    return read_quoted(at, of_status ? query->status : query->currency, sizeof query->status);
}

static bool read_query(const char *text, struct query *query)
{
    static const char and[] = " AND ";

    for (const char *at = text;; at += sizeof and-1) {
        if (!read_clause(&at, query)) {
            return false;
        }
        if (*at == '\0') {
            return query->list_count > 0;
        }
        if (strncmp(at, and, sizeof and-1) != 0) {
            return false;
        }
    }
}

static bool matches(const struct query *query, const struct intent *intent)
{
    for (size_t i = 1; i < query->list_count; i++) {
        const struct link *link = query->lists[i];

        while (link != NULL && link->intent != intent) {
            link = link->next;
        }
        if (link == NULL) {
            return false;
        }
    }
    return (query->status[0] == '\0' ||
            strcmp(query->status, intent_status_names[intent->state.status]) == 0) &&
           (query->currency[0] == '\0' || strcmp(query->currency, intent->currency) == 0);
}

bool intents_search(const struct form *form, struct text *body, struct payment_error *error)
{
    struct page page = { .body = body };
    struct query query = { .list_count = 0 };
    const char *text = form_find(form, "query");

    if (!page_of(form, &page, error)) {
        return false;
    }
    if (text == NULL || !read_query(text, &query)) {
        *error = text == NULL
                     ? invalid_error("parameter_missing", "query", "Missing required param: query.")
                     : invalid_error(NULL, "query",
                                     "We were unable to parse your search query at: %s", text);
        return false;
    }
    text_add_text(
        body,
        "{\"object\":\"search_result\",\"url\":\"/v1/payment_intents/search\",\"next_page\":null,"
        "\"data\":[");
    for (const struct link *link = query.lists[0]; link != NULL; link = link->next) {
        if (matches(&query, link->intent) && !page_add(&page, link->intent)) {
            break;
        }
    }
    text_format(body, "],\"has_more\":%s}", page.more ? "true" : "false");
    return true;
}
