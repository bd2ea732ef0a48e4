/* audit_trail.c - `kervan audit log`: what people did, and whether the chain of it is whole.
 *
 * The hashes are computed here and not by the database, whose functions somebody may have changed
 * together with its rows.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/crypto.h"
#include "common/text.h"
#include "tools/kervan/session.h"

#include <stdio.h>
#include <string.h>

enum {
    PAGE_ROWS = 1000,
    PAGE_BYTES = 1 << 26,
    ENTRY_BYTES_MAX = 1 << 22,
    HASH_LENGTH = 2 * SHA256_BYTES
};

enum {
    ENTRY_NO,
    AT,
    ACTOR,
    ACTION,
    SUBJECT,
    BEFORE,
    AFTER,
    REQUEST_ID,
    PREVIOUS_HASH,
    HASH,
    CELLS
};

static const struct field log_fields[CELLS] = {
    { "entry_no", "ENTRY", CELL_NUMBER }, { "at", "AT", CELL_TEXT },
    { "actor", "WHO", CELL_TEXT },        { "action", "WHAT", CELL_TEXT },
    { "subject", "SUBJECT", CELL_TEXT },  { "before", NULL, CELL_TEXT },
    { "after", NULL, CELL_TEXT },         { "request_id", NULL, CELL_TEXT },
    { "previous_hash", NULL, CELL_TEXT }, { "hash", NULL, CELL_TEXT },
};

static const struct field proof_fields[] = {
    { "whole", NULL, CELL_BOOL },
    { "entries", NULL, CELL_NUMBER },
    { "head", NULL, CELL_TEXT },
    { "break", NULL, CELL_TEXT },
};

/* How far the chain was followed, and where it broke. */
struct chain {
    int64_t entries;
    char hash[HASH_LENGTH + 1]; /* of the last one */
    const char *head;           /* "N:HASH" that must be met; NULL: none */
    bool head_met;
    char broken[160]; /* "" while it is whole */
};

struct page {
    int64_t after, limit;
};

static enum err read_page(const struct invocation *call, struct ctx *ctx, struct pg *pg,
                          struct page page, struct listing *ret)
{
    struct pg_arguments *arguments = pg_arguments_new(ctx->arena, 3);

    pg_argument_text(arguments, option_text(call, "--subject"));
    pg_argument_int(arguments, COLUMN_INT8, page.after);
    pg_argument_int(arguments, COLUMN_INT8, page.limit);
    return ask(ctx, pg, SQL(AUDIT_LOG_LIST), arguments, ret);
}

/* As audit_log_field() of the gateway's schema writes it. */
static void append_cell(struct buffer *text, const char *cell)
{
    char length[32];

    if (cell == NULL) {
        buffer_append_text(text, "-");
        return;
    }
    (void)snprintf(length, sizeof length, "%zu:", strlen(cell));
    buffer_append_text(text, length);
    buffer_append_text(text, cell);
}

static void hash_entry(const char **cells, char ret[HASH_LENGTH + 1])
{
    unsigned char digest[SHA256_BYTES];
    struct buffer text;

    buffer_init(&text, ENTRY_BYTES_MAX);
    buffer_append_text(&text, cells[PREVIOUS_HASH]);
    for (size_t i = ENTRY_NO; i <= REQUEST_ID; i++) {
        append_cell(&text, cells[i]);
    }
    sha256(text.bytes, text.length, digest);
    text_hex(digest, sizeof digest, ret);
    buffer_release(&text);
}

static void check_entry(struct chain *chain, const char **cells)
{
    char hash[HASH_LENGTH + 1], end[HASH_LENGTH + 32];
    int64_t entry_no = 0;

    (void)text_to_int(cells[ENTRY_NO], &entry_no);
    hash_entry(cells, hash);
    if (entry_no != chain->entries + 1) {
        (void)snprintf(chain->broken, sizeof chain->broken, "entry %lld is gone",
                       (long long)chain->entries + 1);
    } else if (!text_equal(cells[PREVIOUS_HASH], chain->hash)) {
        (void)snprintf(chain->broken, sizeof chain->broken,
                       "entry %lld does not follow the one before it", (long long)entry_no);
    } else if (!text_equal(cells[HASH], hash)) {
        (void)snprintf(chain->broken, sizeof chain->broken,
                       "entry %lld does not say what it said when it was written",
                       (long long)entry_no);
    } else {
        chain->entries = entry_no;
        memcpy(chain->hash, hash, sizeof hash);
        (void)snprintf(end, sizeof end, "%lld:%s", (long long)entry_no, hash);
        chain->head_met = chain->head_met || text_equal(chain->head, end);
    }
}

static enum err follow(const struct invocation *call, struct pg *pg, struct chain *chain)
{
    struct ctx page = { .arena = arena_new(PAGE_BYTES) };
    struct listing rows = { NULL, 0 };
    enum err err = OK;

    do { /* ends: a page is behind the one before, and a short one is the last */
        arena_reset(page.arena);
        err = read_page(call, &page, pg, (struct page){ chain->entries, PAGE_ROWS }, &rows);
        for (size_t i = 0; !err && i < rows.rows && chain->broken[0] == '\0'; i++) {
            check_entry(chain, rows.cells + i * CELLS);
        }
    } while (!err && rows.rows == PAGE_ROWS && chain->broken[0] == '\0');
    arena_free(page.arena);
    if (!err && chain->broken[0] == '\0' && chain->head != NULL && !chain->head_met) {
        (void)snprintf(chain->broken, sizeof chain->broken,
                       "the end that --head names is not in it");
    }
    return err ? err_set(call->ctx, err, "%s", page.detail) : OK;
}

static enum err print_proof(struct invocation *call, const struct chain *chain)
{
    bool whole = chain->broken[0] == '\0';
    const char *entries = text_format(call->ctx->arena, "%lld", (long long)chain->entries);
    const char *head = text_format(call->ctx->arena, "%s:%s", entries, chain->hash);
    const char *cells[] = { whole ? "true" : "false", entries, head, whole ? NULL : chain->broken };
    const struct section proof = { .fields = proof_fields,
                                   .field_count = FIELD_COUNT(proof_fields),
                                   .listing = { cells, 1 } };

    call->status = whole ? EXIT_DONE : EXIT_WRONG;
    return print_done(
        call, &proof,
        whole ? text_format(call->ctx->arena, "%s entries, whole; the end is %s", entries, head)
              : text_format(call->ctx->arena, "broken: %s", chain->broken));
}

static enum err verify(struct invocation *call, struct pg *pg)
{
    struct chain chain = { .head = option_text(call, "--head") };

    if (option_text(call, "--subject") != NULL) {
        return err_set(call->ctx, ERR_INPUT, "--verify follows the whole chain: no --subject");
    }
    memset(chain.hash, '0', HASH_LENGTH);
    enum err err = follow(call, pg, &chain);
    return err ? err : print_proof(call, &chain);
}

enum err run_audit_log(struct invocation *call)
{
    struct section entries = { .fields = log_fields, .field_count = CELLS };
    struct pg *pg = NULL;
    enum err err =
        open_schema(call->ctx, "gateway", SQL_RANGE(AUDIT_LOG_LIST, AUDIT_LOG_LIST), &pg);

    if (!err && option_is_given(call, "--verify")) {
        err = verify(call, pg);
    } else if (!err) {
        struct page page = { option_number(call, "--after"), option_number(call, "--limit") };

        err = read_page(call, call->ctx, pg, page, &entries.listing);
        err = err ? err : print_list(call, &entries, "nothing was done");
    }
    pg_close(pg);
    return err;
}
