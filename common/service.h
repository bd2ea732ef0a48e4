/* service.h - a service as data: what it takes, what it decides with, what it keeps, what it answers.
 *
 * main.c of a service fills one struct service and calls service_main(); the runtime does the rest:
 * settings, sessions, lanes, batches, outbox, effects, timers, parking, read API, metrics, drain.
 * Rules (need, decide) are pure functions; they run on the worker's thread, one at a time.
 */
#ifndef KERVAN_COMMON_SERVICE_H
#define KERVAN_COMMON_SERVICE_H

#include "common/broker.h"
#include "common/http_client.h"
#include "common/incoming.h"
#include "common/store.h"

#include <stdbool.h>
#include <stdint.h>

struct violations;

/* A message that the service takes, from a topic or from another of its lanes. */
struct message_handler {
    uint32_t message_type;
    /* Marks the lanes' own rows that deciding needs (rows_want). */
    void (*need)(const struct incoming_message *in, struct rows *rows);
    /* Marks shared rows, when the own ones are there; NULL when none are needed. */
    void (*need_shared)(const struct incoming_message *in, struct rows *rows);
    void (*decide)(struct decision *out, const struct incoming_message *in);
    /* The key that names the lane of a request from an open topic (an order id, a SKU), in `arena`; NULL: the record's key. */
    const char *(*lane_key)(struct arena *arena, const struct incoming_message *in);
};

/* What cannot be decoded as `message_type` becomes the message that `read` makes of it, in `arena`, of another
 * handled type, so that a rule can tell its sender.  Without one it is parked. */
struct malformed_reader {
    uint32_t message_type, malformed_type;
    const void *(*read)(struct arena *arena, struct bytes body,
                        const struct violations *violations);
};

struct timer_handler {
    const char *kind;
    void (*need)(const struct incoming_timer *in, struct rows *rows);
    void (*need_shared)(const struct incoming_timer *in, struct rows *rows);
    void (*decide)(struct decision *out, const struct incoming_timer *in);
};

/* What goes outside, as it is stored with the decision: the same bytes at every try. */
struct outside_request {
    const char *method;  /* "POST", "GET"; "MAIL" for SMTP */
    const char *path;    /* behind the target's base URL; for MAIL "from to" */
    const char *headers; /* lines "Name: value\n", without secrets; NULL for none */
    const char *body;
    size_t body_length;
};

/* What a reader makes of an answer. */
enum effect_verdict {
    EFFECT_DONE,  /* it is known what happened: `result` is decided on */
    EFFECT_AGAIN, /* surely nothing happened: the same request again, after a pause */
    EFFECT_ASK, /* it may have happened: ask (or, without `ask`, the same request with the same key again) */
};

struct effect_handler {
    const char *kind;
    size_t target; /* index into the service's targets */
    /* The target where it follows from the payload; NULL: `target`. */
    size_t (*target_of)(const void *payload);
    uint32_t payload_type; /* how the payload is kept: a message type of proto/ */
    int64_t timeout_ms;    /* of one call */
    /* The request, from the payload and the idempotency key.  Pure; runs in the batch of the decision. */
    void (*request)(struct arena *arena, const void *payload, const char *key,
                    struct outside_request *ret);
    /* The question what became of it; NULL where a repetition with the same key is safe. */
    void (*ask)(struct arena *arena, const void *payload, const char *key,
                struct outside_request *ret);
    /* Of a handler that asks: whether that is needless for this payload, since a repetition with the same key is safe; NULL: never. */
    bool (*repeatable)(const void *payload);
    /* Understands an answer (fate HTTP_ANSWERED only; other fates are the runtime's).  `asked` tells which question it answers. */
    enum effect_verdict (*read)(struct arena *arena, const void *payload,
                                const struct http_end *end, bool asked, const void **ret_result);
    void (*need)(const struct incoming_result *in, struct rows *rows);
    void (*need_shared)(const struct incoming_result *in, struct rows *rows);
    void (*decide)(struct decision *out, const struct incoming_result *in);
};

struct buffer;

/* A system outside: its base URL, the authorization header and how long an effect is tried come from settings.
 * The patience counts from an effect's first call, anew in each process that takes it over; at its end the effect is decided
 * on as given up. */
struct outside_target {
    const char *name;        /* "payment provider", for logs and metrics */
    const char *url_setting; /* "KERVAN_PAYMENT_URL" */
    const char *default_url; /* NULL: required */
    const char *
        authorization_setting; /* secret: the whole value of the Authorization header; NULL: none is sent */
    const char *
        token_path; /* where it is exchanged for an access token (OAuth 2, client credentials), which is sent then; NULL: nowhere */
    int64_t calls_at_once_max;
    const char
        *patience_setting; /* ms; NULL: its effects are tried until it is known what happened */
    const char *default_patience_ms;
    /* No system outside but this process makes what is asked for, and appends it to `answer`, which is then one of status 200.  Runs on a thread of
     * its own (outside_made.h); what fails is tried again.  NULL: a system outside; else the settings above are NULL. */
    enum err (*make)(struct ctx *ctx, const struct outside_request *request, struct buffer *answer);
};

/* A parameter of a read route, in the order of the statement's parameters. */
enum read_parameter_kind {
    READ_PATH_TEXT,
    READ_PATH_ORDER_ID, /* 16 bytes of a public order id */
    READ_QUERY_TEXT,
    READ_QUERY_DIGITS, /* the digits of a text, whatever is written around them */
    READ_QUERY_INT,
    READ_QUERY_AMOUNT, /* an integer, 0 or more */
    READ_QUERY_INSTANT,
    READ_QUERY_ORDER_ID, /* NULL when absent */
    READ_NOTHING,        /* NULL: another route of the statement has it */
    READ_LIMIT,          /* `limit`, 1 to 200, default 50; the statement is asked for one more */
    READ_CURSOR_INT,
    READ_CURSOR_TEXT, /* next part of an opaque `cursor` (`after`, of an endless list); NULL on the first page */
};
enum { READ_PARAMETERS_MAX = 30 };
struct read_parameter {
    const char *name; /* of the path or query parameter */
    enum read_parameter_kind kind;
    int64_t length_max;             /* bytes of texts; 0 = 64 */
    int64_t length_min;             /* bytes of texts; how many digits */
    bool (*fits)(const char *text); /* of texts; NULL: all do */
    const char *must;               /* what is said of one that does not: "must be a SKU" */
};

/* A read route: a statement that answers JSON.  One document: one row, one text column (no row: 404).  A list: a row an item, the first column
 * its JSON text, further columns (as the READ_CURSOR_ parameters) where the next page begins behind it: answered as {"items": [...], "next": "..."}.
 * A last row without an item says where to go on when no more items are there than are shown: the statement ended its look early.
 * An endless list grows at its end: it always has such a row, so `next` is always there. */
struct read_route {
    const char *pattern; /* "/v1/orders/:id" */
    int statement;       /* of the service */
    bool list;
    bool endless;
    bool runtime; /* `statement` is one of the runtime */
    bool
        content; /* no JSON: columns of the one row are the bytes in base64, their version, their media type */
    bool versioned; /* a document has a second column, its version, which is its ETag then */
    bool closed;    /* a query parameter that is none of these is refused */
    struct read_parameter parameters[READ_PARAMETERS_MAX];
    size_t parameter_count;
};

/* What a system outside has in its books, a page at a time: names with what is held under each. */
struct audit_entry {
    const char *name, *held; /* what rows of ours are compared with */
    int64_t order_no;
    const char *key; /* where the page begins that has all of this name */
};
struct audit_page {
    struct audit_entry *entries;
    size_t entry_count;
    const char *next; /* where the next page begins; NULL: this is the last */
};
struct audit_books {
    size_t target;       /* index into the service's targets */
    const char *headers; /* lines "Name: value\n", without secrets */
    /* The path of the page that begins at `from` ("" for the first), and what is in the answer to it; false when it
     * cannot be understood.  Pure. */
    const char *(*path)(struct arena *arena, const char *from);
    bool (*read)(struct arena *arena, struct bytes body, struct audit_page *ret);
    bool each; /* a page is one thing of ours, which `from`, its key, names; 404: it is not there */
    int64_t missing_status; /* another status that says so; 0: none */
};

/* What must always hold of the service's rows.  Its statement looks at a window of them: $1 where it begins ("" for the
 * first), $2 how many keys; its rows are four texts: first where the next window begins (NULL at the end), then each thing that
 * is wrong: a key (where a window of one begins that shows it again), the subject, what is expected, what is found.
 * With an owner the statement says what that service must hold (first row: next, NULL, the last key of the window, NULL;
 * then key, subject, what must be held, the same for people), and the difference is what is wrong.
 * With books it says what we hold of the names $1 and order numbers $2: name, what is held, the same for people.
 * With books of `each` it is a window like any other: key, subject, what must be held there, the same for people. */
struct audit_rule {
    const char *name;    /* "stock-on-hand" */
    const char *promise; /* a line for people */
    int statement;       /* of the service; or, with `runtime`, of the runtime */
    bool runtime;
    const char
        *argument; /* $3 of a statement of windows, which several rules share; NULL: it has none */
    int64_t settle_ms; /* a difference that stays so long is a finding; 0: one look is enough */
    const char *owner; /* service that is asked, NULL: none */
    const char *owner_setting; /* names the base URL of its read API; empty: nobody is asked */
    const char *owner_path;    /* "/v1/audit/held/money" */
    const struct audit_books *books; /* NULL: none */
};

/* A table and its rows' number, which stands beside it: one that is kept elsewhere is parted from it by merges. */
struct read_routes {
    const struct read_route *rows;
    size_t count;
};
struct audit_rules {
    const struct audit_rule *rows;
    size_t count;
};

struct message_info;

struct service {
    const char *name;     /* "inventory" */
    const char *schema;   /* "inventory" */
    int64_t code_version; /* raised by each release; compared with the schema's minimum */
    const struct broker_topic *consumed;
    size_t consumed_count;
    const struct broker_topic *published;
    size_t published_count;
    const struct message_info *infos; /* the registry of all message types, by enum message_type */
    size_t info_count;
    const struct message_handler *messages;
    size_t message_count;
    const struct malformed_reader *malformed;
    size_t malformed_count;
    const struct timer_handler *timers;
    size_t timer_count;
    const struct effect_handler *effects;
    size_t effect_count;
    const struct outside_target *targets;
    size_t target_count;
    const struct table *const *tables; /* fixed order of locks and writes; NULL-terminated */
    const struct sql_statement *statements;
    size_t statement_count;
    const struct read_routes *reads;       /* NULL: none */
    bool reads_by_key;                     /* sessions of reads are by key, too (pg.h) */
    const struct audit_rules *audit_rules; /* NULL: none */
    const struct setting *settings;        /* the service's own, beside the runtime's */
    size_t setting_count;
    /* Once, when the settings are read and before anything is opened: what is wrong with them ends the start.  NULL: nothing to do. */
    enum err (*start)(struct ctx *ctx);
    int64_t batch_messages_max; /* 0 = 512 */
};

static inline size_t service_audit_rule_count(const struct service *service)
{
    return service->audit_rules == NULL ? 0 : service->audit_rules->count;
}

/* Runs the service until SIGTERM; the exit status of the process: 0, 1, or 78 for wrong settings. */
int service_main(const struct service *service, int argc, char **argv);

#endif
