/* mailbox.h - a mail server that takes what it is sent, or not, and remembers each mail by its Message-ID. */
#ifndef KERVAN_TESTS_SIM_MAILBOX_H
#define KERVAN_TESTS_SIM_MAILBOX_H

#include "tests/sim/calls.h"

struct mail {
    const char *id; /* Message-ID */
    uint64_t digest;
    int64_t copies;
    bool differs; /* a copy was another mail */
    struct mail *next;
};

struct mailbox {
    struct mail *mails;
    int64_t mail_count, copy_count, refused;
    int64_t
        copies_after_end; /* that came when the service knew already what had become of the first */
    struct names by_id;
};

struct mailbox *mailbox_new(struct arena *arena);
struct answer mailbox_answer(struct sim *sim, const struct outside_call *call);

#endif
