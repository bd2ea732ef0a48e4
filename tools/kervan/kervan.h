/* kervan.h - the commands of the kervan program, and what they share. */
#ifndef KERVAN_TOOLS_KERVAN_H
#define KERVAN_TOOLS_KERVAN_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

struct invocation;

/* Each does what its row in commands.c says; on an error the detail says why. */
enum err run_audit(struct invocation *call) MUST_USE;
enum err run_audit_findings(struct invocation *call) MUST_USE;
enum err run_audit_log(struct invocation *call) MUST_USE;
enum err run_audit_run(struct invocation *call) MUST_USE;
enum err run_bank_import(struct invocation *call) MUST_USE;
enum err run_completion(struct invocation *call) MUST_USE;
enum err run_edit_confirm(struct invocation *call) MUST_USE;
enum err run_edit_propose(struct invocation *call) MUST_USE;
enum err run_edits_list(struct invocation *call) MUST_USE;
enum err run_health(struct invocation *call) MUST_USE;
enum err run_journal_export(struct invocation *call) MUST_USE;
enum err run_key_create(struct invocation *call) MUST_USE;
enum err run_key_list(struct invocation *call) MUST_USE;
enum err run_key_revoke(struct invocation *call) MUST_USE;
enum err run_key_rotate(struct invocation *call) MUST_USE;
enum err run_lag(struct invocation *call) MUST_USE;
enum err run_lane_show(struct invocation *call) MUST_USE;
enum err run_lanes_list(struct invocation *call) MUST_USE;
enum err run_lanes_skip_gap(struct invocation *call) MUST_USE;
enum err run_manual(struct invocation *call) MUST_USE;
enum err run_migrate(struct invocation *call) MUST_USE;
enum err run_order_show(struct invocation *call) MUST_USE;
enum err run_orders_import(struct invocation *call) MUST_USE;
enum err run_items_import(struct invocation *call) MUST_USE;
enum err run_orders_list(struct invocation *call) MUST_USE;
enum err run_owners(struct invocation *call) MUST_USE;
enum err run_parked_discard(struct invocation *call) MUST_USE;
enum err run_parked_list(struct invocation *call) MUST_USE;
enum err run_parked_redrive(struct invocation *call) MUST_USE;
enum err run_parked_show(struct invocation *call) MUST_USE;
enum err run_ready(struct invocation *call) MUST_USE;
enum err run_stuck(struct invocation *call) MUST_USE;
enum err run_task_decide(struct invocation *call) MUST_USE;
enum err run_task_show(struct invocation *call) MUST_USE;
enum err run_tasks_list(struct invocation *call) MUST_USE;
enum err run_timeline(struct invocation *call) MUST_USE;
enum err run_topics(struct invocation *call) MUST_USE;

/* A lower-case letter, then lower-case letters, digits and `also`; at most 40 characters. */
bool is_name(const char *text, char also);

/* A line for the person who called; printf rules. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);
void pause_ms(int64_t milliseconds);

#endif
