/* audit_parts.h - what the files of the auditor share.  Nobody else includes it.
 *
 *   audit.c           the thread: when which rule looks where
 *   audit_look.c      one look: a window of one rule, and what is wrong in it
 *   audit_token.c     who we are to a system outside
 *   audit_suspects.c  differences that may only be on their way
 *   audit_findings.c  what is wrong, in the table
 */
#ifndef KERVAN_COMMON_AUDIT_PARTS_H
#define KERVAN_COMMON_AUDIT_PARTS_H

#include "common/arena.h"
#include "common/audit.h"
#include "common/http_fetch.h"
#include "common/outside_token.h"
#include "common/pg.h"
#include "common/text.h"

#include <pthread.h>
#include <stdatomic.h>

enum { AUDIT_TEXT_MAX = 256, AUDIT_SUSPECTS_MAX = 64 };

struct metric;

/* How far a lane was: what it had written for the other side, and what it had applied of the other's. */
struct audit_mark {
    int64_t written, applied;
};

struct audit_row {
    const char *key, *subject, *expected, *found;
};

struct audit_look {
    const char *next; /* NULL: the window was the last one */
    struct audit_row *rows;
    size_t row_count;
    bool marked; /* another service was asked */
    struct audit_mark ours[LANES_MAX], theirs[LANES_MAX];
};

struct suspect {
    char key[AUDIT_TEXT_MAX], subject[AUDIT_TEXT_MAX], expected[AUDIT_TEXT_MAX],
        found[AUDIT_TEXT_MAX];
    int64_t since, look_at;             /* monotonic ms */
    int64_t our_written, their_written; /* when it was first seen, of its lane */
};

struct rule_state {
    const struct audit_rule *rule;
    const char *owner_url;
    char next[AUDIT_TEXT_MAX];
    bool done;         /* in this round */
    bool failing;      /* its last look failed; told once */
    int64_t again_at;  /* monotonic ms: when it looks again, though others are not through */
    int64_t began_at;  /* monotonic ms of its walk */
    int64_t walked_at; /* of the end of the last walk; 0: none yet */
    struct metric *findings, *age, *seconds;
    size_t suspect_count;
    struct suspect suspects[AUDIT_SUSPECTS_MAX]; /* last: rarely touched */
};

struct audit {
    struct audit_options options;
    struct ctx ctx; /* its arena is that of a step */
    struct pg *pg;
    struct http_fetcher *fetcher;
    struct outside_token *tokens; /* one a target */
    struct rule_state *rules;
    size_t rule_count, turn;
    bool looked_again;             /* the last look was a second one: a walk is next */
    int64_t round_at;              /* monotonic ms of its beginning */
    int64_t chores_at, recheck_at; /* when they are due */
    int64_t forget_at;
    int64_t run_asked, run_under_way; /* ids of audit_run; 0: none */
    struct metric *looks, *look_seconds, *failures;
    atomic_bool ending;
    pthread_t thread;
};

/* audit_look.c: the window of `count` keys that begins at `from`, in the step's arena. */
struct audit_window {
    const char *from;
    int64_t count;
};
enum err audit_look(struct audit *audit, const struct rule_state *state, struct audit_window window,
                    struct audit_look *ret) MUST_USE;
/* The row about this subject, or NULL. */
const struct audit_row *audit_look_find(const struct audit_look *look, const char *subject);

/* audit_token.c: the value of the Authorization header for a target, in the step's arena, or NULL; where it wants an access token,
 * that is asked for first. */
enum err audit_authorization(struct audit *audit, size_t target, const char **ret) MUST_USE;
/* It said that the token is not good. */
void audit_authorization_doubt(struct audit *audit, size_t target);

/* audit_suspects.c */
void audit_suspect(struct rule_state *state, const struct audit_look *look,
                   const struct audit_row *row);
/* Looks again at one whose time has come; *ret_did: there was one. */
enum err audit_suspects_look(struct audit *audit, bool *ret_did) MUST_USE;

/* audit_findings.c */
enum err audit_finding_put(struct audit *audit, const struct audit_rule *rule,
                           const struct audit_row *row) MUST_USE;
/* Looks again at those that are open, and ends those that are gone. */
enum err audit_findings_recheck(struct audit *audit) MUST_USE;
/* How many are open, for the metrics. */
enum err audit_findings_count(struct audit *audit) MUST_USE;
/* Rules that are no more, and what ended long ago. */
enum err audit_findings_forget(struct audit *audit) MUST_USE;

/* audit.c */
struct rule_state *audit_rule_named(struct audit *audit, const char *name); /* NULL: none */
/* What cannot be looked at now is left to the next round; the other rules go on.  An error only where nobody can. */
enum err audit_put_off(struct audit *audit, struct rule_state *state, enum err err) MUST_USE;
/* A statement of the runtime, alone; its result is freed unless `ret` is given. */
enum err audit_run(struct audit *audit, int statement, const struct pg_arguments *arguments,
                   struct pg_result **ret) MUST_USE;

#endif
