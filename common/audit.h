/* audit.h - looks for what must not be in a service's own live rows, all the time, a window at a time.
 *
 * The auditor is a thread with a session of its own.  It only reads what batches write, in statements of a few
 * milliseconds, and takes no lock that a batch could wait for; after each it pauses for so long that it is at work for
 * `percent` of the time (but looks at least once a second).  Of several processes of a service the one that holds lane 0 audits.
 *
 * What is wrong is a row of audit_finding until it is right again.  A difference to what another service or a system
 * outside holds becomes a finding only when it stays the same for the rule's settle_ms, and when both services have
 * applied what the other had written when it was first seen: what is on its way is no finding.
 */
#ifndef KERVAN_COMMON_AUDIT_H
#define KERVAN_COMMON_AUDIT_H

#include "common/outside.h"
#include "common/service.h"

struct audit;

struct audit_options {
    const struct service *service;
    const char *conninfo, *instance;
    int64_t percent;                     /* of the time that it may be at work, 1 to 100 */
    const char *const *owner_urls;       /* of each rule's owner, "" where there is none */
    const struct outside_access *access; /* of each target of the service */
    bool (*is_auditor)(
        const void *); /* whether this process is to do it, now; called by its thread */
    const void *is_auditor_of;
};

/* Starts the thread.  Borrows everything in the options. */
enum err audit_start(struct ctx *ctx, const struct audit_options *options,
                     struct audit **ret) MUST_USE;
/* Ends it, at most a statement's time later.  Takes NULL; returns NULL. */
struct audit *audit_stop(struct audit *audit);

#endif
