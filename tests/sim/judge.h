/* judge.h - what must always hold (ARCHITECTURE.md, part 6), judged of a world at rest from rows, the log and foreign books.
 *
 * Nothing of the product decides here: rows are read by the names of their columns, facts as they stand in the log.
 */
#ifndef KERVAN_TESTS_SIM_JUDGE_H
#define KERVAN_TESTS_SIM_JUDGE_H

#include "tests/sim/columns.h"

struct rule {
    const char *name, *promise;
    void (*judge)(struct sim *sim);
    enum { AT_REST, ALWAYS } holds; /* always: of what is committed, at any moment */
};

enum { RULES_MAX = 64 };

/* All rules; every finding is counted and the first ones are printed, unless the world is `quiet`. */
void judge_world(struct sim *sim);
/* Those rules that hold at any moment. */
void judge_moment(struct sim *sim);
const struct rule *judge_rules(size_t *ret_count);
/* What is wrong with what; printf rules. */
void judge_find(struct sim *sim, const char *subject, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same, about an order by its number. */
void judge_find_order(struct sim *sim, int64_t order_no, const char *format, ...) PRINTF_LIKE(3, 4);

/* Sums by name; zeroed at birth, in the arena of the judgment (sim->ctx). */
struct sums {
    struct names names;
    struct sum *first;
};
struct sum {
    struct sum *next;
    const char *name;
    int64_t value;
};
void sums_add(struct sim *sim, struct sums *sums, const char *name, int64_t value);
int64_t sums_get(const struct sums *sums, const char *name);
/* "12/3/A-1": a name made of numbers and a text (NULL: none), in the arena of the judgment. */
const char *sums_name(struct sim *sim, int64_t first, int64_t second, const char *text);

/* Whether something that a lane of the service learned for another, about this subject, is not done yet. */
bool pending_inputs(struct sim *sim, enum service_index service, const char *subject);

/* judge_stock.c */
void judge_ledger(struct sim *sim);
void judge_reserved(struct sim *sim);
void judge_transfers(struct sim *sim);
void judge_buying(struct sim *sim);
void judge_bought_once(struct sim *sim);
void judge_owed(struct sim *sim);
void judge_holders(struct sim *sim);
void judge_backorders(struct sim *sim);
void judge_expected(struct sim *sim);
void judge_filled(struct sim *sim);
void judge_alerts(struct sim *sim);
void judge_counted(struct sim *sim);
void judge_cycles(struct sim *sim);
void judge_bins(struct sim *sim);
void judge_bins_fit(struct sim *sim);
void judge_left(struct sim *sim);
void judge_preorder(struct sim *sim);

/* judge_lots.c */
void judge_lots(struct sim *sim);
void judge_serials(struct sim *sim);
void judge_ended_lots(struct sim *sim);
void judge_ending_lots(struct sim *sim);
void judge_picked(struct sim *sim);

/* judge_money.c */
void judge_bounds(struct sim *sim);
void judge_sums(struct sim *sim);
void judge_provider(struct sim *sim);
void judge_provider_once(struct sim *sim);
void judge_disputes(struct sim *sim);
void judge_disputes_known(struct sim *sim);
void judge_disputes_asked(struct sim *sim);
void judge_worth(struct sim *sim);
void judge_money_shown(struct sim *sim);

/* judge_accounts.c */
void judge_accounts(struct sim *sim);
void judge_accounts_outside(struct sim *sim);

/* judge_papers.c */
void judge_papers(struct sim *sim);
void judge_unheard(struct sim *sim);

/* judge_documents.c */
void judge_document_numbers(struct sim *sim);
void judge_documents(struct sim *sim);
void judge_document_mails(struct sim *sim);

/* judge_taxes.c */
void judge_taxes(struct sim *sim);
void judge_credited_taxes(struct sim *sim);

/* judge_credit.c */
void judge_credit(struct sim *sim);
void judge_credit_line(struct sim *sim);
void judge_credit_waits(struct sim *sim);
void judge_credit_let_go(struct sim *sim);

/* judge_order.c */
void judge_ended(struct sim *sim);
void judge_progress(struct sim *sim);
void judge_stock_shown(struct sim *sim);
void judge_series(struct sim *sim);
void judge_lines(struct sim *sim);
void judge_durable(struct sim *sim);
void judge_drafts(struct sim *sim);
void judge_carrier_once(struct sim *sim);
void judge_calls(struct sim *sim);
void judge_mail(struct sim *sim);

/* judge_edit.c */
void judge_edits(struct sim *sim);

/* judge_erased.c */
void judge_erased(struct sim *sim);

/* judge_stream.c */
void judge_numbers(struct sim *sim);
void judge_read(struct sim *sim);
void judge_rest(struct sim *sim);
void judge_life(struct sim *sim);
void judge_promise(struct sim *sim);
void judge_timeline(struct sim *sim);
void judge_told_once(struct sim *sim);
void judge_levels(struct sim *sim);

#endif
