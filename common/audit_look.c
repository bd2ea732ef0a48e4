/* audit_look.c - one window of one rule: its statement alone, or held against what somebody else says. */
#include "common/audit_parts.h"

#include "proto/order_codec.h"
#include "sql/runtime_sql.h"

#include <inttypes.h>
#include <string.h>

enum {
    FETCH_MS = 5000,
    STATUS_OK = 200,
    STATUS_UNAUTHORIZED = 401,
    STATUS_NOT_FOUND = 404,
    HEADERS_MAX = 8,
    WANTED_COLUMNS = 4
};

static const char anything[] = "*"; /* what must be held, where nothing can be said */

static const struct sql_statement *statement_of(const struct audit *audit,
                                                const struct audit_rule *rule)
{
    const struct sql_statement *statements =
        rule->runtime ? runtime_sql_statements : audit->options.service->statements;

    return &statements[rule->statement];
}

static const char *copy(struct audit *audit, const char *text)
{
    return text == NULL ? NULL : arena_copy_text(audit->ctx.arena, text, strlen(text));
}

/* Rows of up to four texts, in the step's arena; a missing column is NULL. */
static enum err ask_rows(struct audit *audit, const struct sql_statement *statement,
                         const struct pg_arguments *arguments, struct audit_row **ret_rows,
                         size_t *ret_count)
{
    struct pg_result *result = NULL;
    enum err err = pg_run(&audit->ctx, audit->pg, statement, arguments, &result);

    if (err) {
        return err;
    }
    int columns = pg_column_count(result);
    size_t count = (size_t)pg_row_count(result);
    struct audit_row *rows = arena_alloc(audit->ctx.arena, (count + 1) * sizeof *rows);
    for (size_t row = 0; row < count; row++) {
        const char *cells[WANTED_COLUMNS] = { NULL };

        for (int i = 0; i < columns && i < WANTED_COLUMNS; i++) {
            cells[i] = copy(audit, pg_text(result, (int)row, i));
        }
        rows[row] = (struct audit_row){ cells[0], cells[1], cells[2], cells[3] };
    }
    pg_result_free(result);
    *ret_rows = rows;
    *ret_count = count;
    return OK;
}

static enum err ask_window(struct audit *audit, const struct audit_rule *rule,
                           struct audit_window window, struct audit_row **ret_rows,
                           size_t *ret_count)
{
    struct pg_arguments *arguments = pg_arguments_new(audit->ctx.arena, 3);

    pg_argument_text(arguments, window.from);
    pg_argument_int(arguments, COLUMN_INT8, window.count);
    if (rule->argument != NULL) {
        pg_argument_text(arguments, rule->argument);
    }
    enum err err = ask_rows(audit, statement_of(audit, rule), arguments, ret_rows, ret_count);
    if (!err && *ret_count == 0) {
        return err_set(&audit->ctx, ERR_FATAL, "rule %s does not say where it goes on", rule->name);
    }
    return err;
}

static enum err fetch(struct audit *audit, const char *url, const char *const *headers,
                      struct bytes *ret)
{
    const struct http_fetch_request request = { .url = url,
                                                .headers = headers,
                                                .timeout_ms = FETCH_MS };
    struct http_fetched answer = { 0 };
    enum err err = http_fetch(audit->fetcher, &audit->ctx, &request, &answer);

    if (!err && answer.status != STATUS_OK) {
        return err_set(&audit->ctx, ERR_RETRY, "it was answered with %" PRId64, answer.status);
    }
    *ret = (struct bytes){ (const unsigned char *)answer.body, answer.body_length };
    return err;
}

/* --- Held against another ---------------------------------------------------------------------- */

/* What both sides say of one key; either may be NULL. */
static void compare(struct audit_look *look, const struct audit_row *ours,
                    const struct audit_row *theirs)
{
    const char *our_held = ours == NULL ? "" : ours->expected;
    const char *their_held = theirs == NULL ? "" : theirs->expected;
    const struct audit_row *known = ours == NULL ? theirs : ours;

    if (text_equal(our_held, anything) || text_equal(their_held, anything) ||
        text_equal(our_held, their_held)) {
        return;
    }
    look->rows[look->row_count++] = (struct audit_row){
        .key = known->key,
        .subject = known->subject,
        .expected = ours == NULL || ours->found == NULL ? "nothing is known of it" : ours->found,
        .found = theirs == NULL || theirs->found == NULL ? "nothing" : theirs->found,
    };
}

static const struct audit_row *find_key(const struct audit_row *rows, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(rows[i].key, key)) {
            return &rows[i];
        }
    }
    return NULL;
}

struct side {
    struct audit_row *rows; /* key, subject, held as `expected`, told as `found` */
    size_t count;
};

static void compare_sides(struct audit *audit, const struct side *ours, const struct side *theirs,
                          struct audit_look *look)
{
    look->rows =
        arena_alloc(audit->ctx.arena, (ours->count + theirs->count + 1) * sizeof *look->rows);
    for (size_t i = 0; i < ours->count; i++) {
        compare(look, &ours->rows[i], find_key(theirs->rows, theirs->count, ours->rows[i].key));
    }
    for (size_t i = 0; i < theirs->count; i++) {
        if (find_key(ours->rows, ours->count, theirs->rows[i].key) == NULL) {
            compare(look, NULL, &theirs->rows[i]);
        }
    }
}

/* --- Another service --------------------------------------------------------------------------- */

static enum err read_our_marks(struct audit *audit, const struct audit_rule *rule,
                               struct audit_look *look)
{
    struct arena *arena = audit->ctx.arena;
    struct pg_arguments *arguments = pg_arguments_new(arena, 2);
    struct pg_result *result = NULL;

    pg_argument_text(arguments, text_format(arena, "%s.commands", rule->owner));
    pg_argument_text(arguments, text_format(arena, "%s.events", rule->owner));
    enum err err = audit_run(audit, RUNTIME_SQL_AUDIT_MARKS, arguments, &result);
    for (int row = 0; !err && row < pg_row_count(result); row++) {
        int64_t lane = pg_int(result, row, 0, COLUMN_INT8);

        if (lane >= 0 && lane < LANES_MAX) {
            look->ours[lane] = (struct audit_mark){ pg_int(result, row, 1, COLUMN_INT8),
                                                    pg_int(result, row, 2, COLUMN_INT8) };
        }
    }
    pg_result_free(result);
    return err;
}

/* `window` is "from=...&upto=...". */
static enum err ask_owner(struct audit *audit, const struct rule_state *state, const char *window,
                          struct audit_look *look, struct side *ret)
{
    struct arena *arena = audit->ctx.arena;
    struct violations violations = { .count = 0 };
    struct bytes body = { NULL, 0 };
    struct audit_held held;
    enum err err = fetch(
        audit, text_format(arena, "%s%s?%s", state->owner_url, state->rule->owner_path, window),
        NULL, &body);

    if (err) {
        return err;
    }
    if (audit_held_decode(arena, (const char *)body.bytes, body.length, &held, &violations) != OK) {
        return err_set(&audit->ctx, ERR_RETRY, "what %s says that it holds cannot be read",
                       state->rule->owner);
    }
    *ret = (struct side){ arena_alloc(arena, (held.items_count + 1) * sizeof *ret->rows),
                          held.items_count };
    for (size_t i = 0; i < held.items_count; i++) {
        const struct audit_held_item *item = &held.items[i];

        ret->rows[i] = (struct audit_row){ item->key, item->subject, item->held, item->told };
    }
    for (size_t i = 0; i < held.marks_count; i++) {
        look->theirs[held.marks[i].lane] =
            (struct audit_mark){ held.marks[i].written, held.marks[i].applied };
    }
    return OK;
}

/* Ours before theirs: what they hold is never older than what we had told them. */
static enum err look_at_owner(struct audit *audit, const struct rule_state *state,
                              struct audit_window window, struct audit_look *ret)
{
    struct side ours = { NULL, 0 }, theirs = { NULL, 0 };
    struct audit_row *rows = NULL;
    size_t count = 0;
    enum err err = read_our_marks(audit, state->rule, ret);

    if (!err) {
        err = ask_window(audit, state->rule, window, &rows, &count);
    }
    if (err) {
        return err;
    }
    const char *from = window.from[0] == '\0' ? "0" : window.from;
    const char *asked = text_format(audit->ctx.arena, "from=%s&upto=%s", from,
                                    rows[0].expected == NULL ? from : rows[0].expected);
    ours = (struct side){ rows + 1, count - 1 };
    err = ask_owner(audit, state, asked, ret, &theirs);
    if (!err) {
        compare_sides(audit, &ours, &theirs, ret);
        ret->next = rows[0].key;
        ret->marked = true;
    }
    return err;
}

/* --- A system outside -------------------------------------------------------------------------- */

/* Lines of headers, and the authorization, as a list. */
static enum err headers_of(struct audit *audit, const struct audit_books *books,
                           const char *const **ret)
{
    struct arena *arena = audit->ctx.arena;
    const char **list = arena_alloc(arena, HEADERS_MAX * sizeof *list);
    const char *authorization = NULL;
    size_t count = 0;
    enum err err = audit_authorization(audit, books->target, &authorization);

    for (const char *at = books->headers; *at != '\0' && count < HEADERS_MAX - 2;) {
        size_t length = strcspn(at, "\n");

        list[count++] = arena_copy_text(arena, at, length);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    if (authorization != NULL && authorization[0] != '\0') {
        list[count++] = text_format(arena, "Authorization: %s", authorization);
    }
    list[count] = NULL;
    *ret = list;
    return err;
}

static enum err read_page(struct audit *audit, const struct audit_books *books, const char *from,
                          struct audit_page *ret)
{
    struct arena *arena = audit->ctx.arena;
    struct bytes body = { NULL, 0 };
    const char *url = text_format(arena, "%s%s", audit->options.access[books->target].base_url,
                                  books->path(arena, from));
    const char *const *headers = NULL;
    enum err err = headers_of(audit, books, &headers);

    if (!err) {
        err = fetch(audit, url, headers, &body);
    }
    if (!err && !books->read(arena, body, ret)) {
        return err_set(&audit->ctx, ERR_RETRY, "the answer cannot be read");
    }
    return err;
}

static enum err ask_ours(struct audit *audit, const struct audit_rule *rule,
                         const struct audit_page *page, struct side *ret)
{
    struct arena *arena = audit->ctx.arena;
    struct pg_arguments *arguments = pg_arguments_new(arena, 2);
    struct key *names = arena_alloc(arena, (page->entry_count + 1) * sizeof *names);
    int64_t *numbers = arena_alloc(arena, (page->entry_count + 1) * sizeof *numbers);

    for (size_t i = 0; i < page->entry_count; i++) {
        names[i] = key_text(page->entries[i].name);
        numbers[i] = page->entries[i].order_no;
    }
    pg_argument_keys(arguments, COLUMN_TEXT, names, page->entry_count);
    pg_argument_ints(arguments, COLUMN_INT8, numbers, page->entry_count);
    enum err err = ask_rows(audit, statement_of(audit, rule), arguments, &ret->rows, &ret->count);
    for (size_t i = 0; !err && i < ret->count; i++) {
        struct audit_row row = ret->rows[i];

        ret->rows[i] = (struct audit_row){ row.key, row.key, row.subject, row.expected };
    }
    return err;
}

static struct side entries_of(struct audit *audit, const struct audit_page *page)
{
    struct audit_row *rows = arena_alloc(audit->ctx.arena, (page->entry_count + 1) * sizeof *rows);

    for (size_t i = 0; i < page->entry_count; i++) {
        const struct audit_entry *entry = &page->entries[i];

        rows[i] = (struct audit_row){ entry->name, entry->name, entry->held, entry->held };
    }
    return (struct side){ rows, page->entry_count };
}

static enum err look_at_books(struct audit *audit, const struct audit_rule *rule, const char *from,
                              struct audit_look *ret)
{
    struct side ours = { NULL, 0 }, theirs = { NULL, 0 };
    struct audit_page page = { NULL, 0, NULL };
    enum err err = read_page(audit, rule->books, from, &page);

    if (!err) {
        err = ask_ours(audit, rule, &page, &ours);
    }
    if (err) {
        return err;
    }
    theirs = entries_of(audit, &page);
    compare_sides(audit, &ours, &theirs, ret);
    for (size_t i = 0; i < ret->row_count; i++) {
        const struct audit_row *entry = find_key(theirs.rows, theirs.count, ret->rows[i].subject);

        ret->rows[i].key = page.entries[entry - theirs.rows].key;
    }
    ret->next = page.next;
    return OK;
}

/* What is held outside of one thing of ours; what is not there holds nothing. */
static enum err read_one(struct audit *audit, const struct audit_books *books, const char *key,
                         struct side *ret)
{
    struct arena *arena = audit->ctx.arena;
    struct audit_page page = { NULL, 0, NULL };
    struct http_fetched answer = { 0 };
    struct http_fetch_request request = {
        .url = text_format(arena, "%s%s", audit->options.access[books->target].base_url,
                           books->path(arena, key)),
        .timeout_ms = FETCH_MS
    };
    enum err err = headers_of(audit, books, &request.headers);

    *ret = (struct side){ NULL, 0 };
    if (!err) {
        err = http_fetch(audit->fetcher, &audit->ctx, &request, &answer);
    }
    if (!err && answer.status == STATUS_UNAUTHORIZED) {
        audit_authorization_doubt(audit, books->target);
    }
    if (err || answer.status == STATUS_NOT_FOUND || answer.status == books->missing_status) {
        return err;
    }
    const struct bytes body = { (const unsigned char *)answer.body, answer.body_length };
    if (answer.status != STATUS_OK || !books->read(arena, body, &page)) {
        return err_set(&audit->ctx, ERR_RETRY, "the answer %" PRId64 " cannot be read",
                       answer.status);
    }
    *ret = entries_of(audit, &page);
    return OK;
}

static enum err look_at_each(struct audit *audit, const struct audit_rule *rule,
                             struct audit_window window, struct audit_look *ret)
{
    struct audit_row *rows = NULL;
    size_t count = 0;
    enum err err = ask_window(audit, rule, window, &rows, &count);

    if (err) {
        return err;
    }
    ret->rows = arena_alloc(audit->ctx.arena, count * sizeof *ret->rows);
    ret->next = rows[0].key;
    for (size_t i = 1; i < count && !err; i++) {
        struct side theirs = { NULL, 0 };

        err = audit->ending ? err_set(&audit->ctx, ERR_RETRY, "this process ends")
                            : read_one(audit, rule->books, rows[i].key, &theirs);
        if (!err) {
            compare(ret, &rows[i], find_key(theirs.rows, theirs.count, rows[i].subject));
        }
    }
    return err;
}

/* --- Any rule ---------------------------------------------------------------------------------- */

enum err audit_look(struct audit *audit, const struct rule_state *state, struct audit_window window,
                    struct audit_look *ret)
{
    *ret = (struct audit_look){ 0 };
    if (state->rule->books != NULL && state->rule->books->each) {
        return look_at_each(audit, state->rule, window, ret);
    }
    if (state->rule->books != NULL) {
        return look_at_books(audit, state->rule, window.from, ret);
    }
    if (state->rule->owner != NULL) {
        return look_at_owner(audit, state, window, ret);
    }
    struct audit_row *rows = NULL;
    size_t count = 0;
    enum err err = ask_window(audit, state->rule, window, &rows, &count);
    if (!err) {
        ret->next = rows[0].key;
        ret->rows = rows + 1;
        ret->row_count = count - 1;
    }
    return err;
}

const struct audit_row *audit_look_find(const struct audit_look *look, const char *subject)
{
    for (size_t i = 0; i < look->row_count; i++) {
        if (text_equal(look->rows[i].subject, subject)) {
            return &look->rows[i];
        }
    }
    return NULL;
}
