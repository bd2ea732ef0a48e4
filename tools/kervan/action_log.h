/* action_log.h - what people ask for by the command line, in the log of what people did. */
#ifndef KERVAN_TOOLS_KERVAN_ACTION_LOG_H
#define KERVAN_TOOLS_KERVAN_ACTION_LOG_H

#include "tools/kervan/session.h"

/* Nothing of shoppers is in it. */
struct action {
    const char *name, *subject;
    const char *after;      /* JSON, or NULL */
    const char *request_id; /* as the owner knows it, or NULL */
};

/* Appends it before it is asked for, so that nothing is done that the log does not know.  Where no gateway is installed,
 * nobody keeps such a log, and nothing is appended. */
enum err action_log(const struct invocation *call, const struct action *action) MUST_USE;

#endif
