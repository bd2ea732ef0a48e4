/* judge.c - all rules, one after the other. */
#include "tests/sim/judge.h"

#include "common/arena.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { FINDINGS_PRINTED = 12, DETAIL_BYTES = 240 };

static const struct rule rules[] = {
    { "ledger", "1 stock: each counter is the sum of its ledger", judge_ledger, ALWAYS },
    { "reserved", "1 stock: reserved is what open reservations hold, and is there", judge_reserved,
      ALWAYS },
    { "owed", "1 stock: at rest nothing is owed", judge_owed, AT_REST },
    { "holders", "1 stock: only open reservations hold or wait", judge_holders, ALWAYS },
    { "backorders", "1 stock: what is waited for is the sum of who waits", judge_backorders,
      ALWAYS },
    { "expected", "5 agreement: an order expects its stock no earlier than was said last",
      judge_expected, AT_REST },
    { "filled", "1 stock: nobody waits for what is free", judge_filled, AT_REST },
    { "preorder", "1 stock: nothing of a pre-order is given before its day", judge_preorder,
      ALWAYS },
    { "alerts", "1 stock: what is out is said to be, and nothing else", judge_alerts, AT_REST },
    { "counted", "1 stock: what was counted and approved is booked, once", judge_counted, AT_REST },
    { "cycles", "1 stock: what is counted by class has classes, and is known to be counted",
      judge_cycles, AT_REST },
    { "transfers",
      "1 stock: what places sent each other, or suppliers were asked for, arrives, is on its way "
      "or lost",
      judge_transfers, AT_REST },
    { "buying", "1 stock: what is ordered for who waits is what is missing, once", judge_buying,
      AT_REST },
    { "bought-once", "1 stock: what is incoming is not ordered once more", judge_bought_once,
      ALWAYS },
    { "left", "1 stock: what left is what was held", judge_left, AT_REST },
    { "bounds", "2 money: refunded <= captured <= authorized", judge_bounds, ALWAYS },
    { "sums", "2 money: the sum of captures, refunds and ledger", judge_sums, ALWAYS },
    { "accounts", "2 money: the journal's accounts come to what payments say", judge_accounts,
      ALWAYS },
    { "accounts-outside", "2 money: what the journal has at the provider is there",
      judge_accounts_outside, AT_REST },
    { "credit", "2 money: what a company uses is what its payments do, within its limit",
      judge_credit, ALWAYS },
    { "credit-line", "2 money: who waits for credit stands in line for it", judge_credit_line,
      ALWAYS },
    { "credit-waits", "2 money: nobody waits for credit that is free", judge_credit_waits, ALWAYS },
    { "credit-let-go", "2 money: at rest no credit is held", judge_credit_let_go, AT_REST },
    { "document-numbers", "4 one effect: numbers of documents follow each other",
      judge_document_numbers, ALWAYS },
    { "documents", "4 one effect: what is taken or given back is documented once", judge_documents,
      AT_REST },
    { "document-mails", "4 one effect: each document is mailed once", judge_document_mails,
      AT_REST },
    { "taxes", "2 money: an order is taxed with what the sum of its lines is", judge_taxes,
      ALWAYS },
    { "credited-taxes", "2 money: tax comes back as it was invoiced", judge_credited_taxes,
      ALWAYS },
    { "provider", "2 money: the provider's books agree", judge_provider, AT_REST },
    { "disputes",
      "2 money: what is disputed and lost is that of disputes, and with what was given back "
      "no more than was taken",
      judge_disputes, ALWAYS },
    { "disputes-known", "2 money: the provider's disputes are ours, at rest", judge_disputes_known,
      AT_REST },
    { "disputes-asked", "3 progress: who is to be answered a person was asked about",
      judge_disputes_asked, AT_REST },
    { "worth", "2 money: what was paid is what was sent", judge_worth, AT_REST },
    { "progress", "3 progress: a timer or a person sees every order that is not over",
      judge_progress, ALWAYS },
    { "ended", "3 progress: at rest every order is over", judge_ended, AT_REST },
    { "provider-once", "4 one effect: one payment and refund a name", judge_provider_once,
      AT_REST },
    { "carrier-once", "4 one effect: one label a parcel", judge_carrier_once, AT_REST },
    { "calls", "4 one effect: calls about one order follow each other", judge_calls, AT_REST },
    { "mail", "4 one effect: one mail a message", judge_mail, AT_REST },
    { "papers", "4 one effect: what is sent to a supplier is documented once, and mailed as often",
      judge_papers, AT_REST },
    { "unheard", "3 progress: a person sees to what was ordered and never arrived at the supplier",
      judge_unheard, AT_REST },
    { "told-once", "4 one effect: the customer is told each thing once", judge_told_once, AT_REST },
    { "money-shown", "5 agreement: money as its owner holds it", judge_money_shown, AT_REST },
    { "stock-shown", "5 agreement: stock as its owner holds it", judge_stock_shown, AT_REST },
    { "levels", "5 agreement: storefronts were told the stock as it is", judge_levels, AT_REST },
    { "series", "4 one effect: of a channel's numbers none is given twice or left out",
      judge_series, ALWAYS },
    { "edits", "5 agreement: what an edit showed is what it did, or nothing", judge_edits, ALWAYS },
    { "lines", "5 agreement: what left is what was ordered", judge_lines, AT_REST },
    { "life", "5 agreement: the status is what the facts say", judge_life, AT_REST },
    { "promise", "5 agreement: who has it was promised it, and what is shown is what was said last",
      judge_promise, AT_REST },
    { "timeline", "5 agreement: every fact once, in order of clocks", judge_timeline, AT_REST },
    { "numbers", "5 agreement: every stream is numbered without gaps", judge_numbers, AT_REST },
    { "read", "5 agreement: everything was read", judge_read, AT_REST },
    { "rest", "5 agreement: nothing is parked or under way", judge_rest, AT_REST },
    { "erased", "5 agreement: who was erased is erased by everybody", judge_erased, AT_REST },
    { "durable", "6 durability: what was answered is there", judge_durable, AT_REST },
    { "drafts", "4 one effect: a draft is one order at most, and ends", judge_drafts, AT_REST },
    { "bins", "1 stock: what lies in bins is the sum of their ledger", judge_bins, ALWAYS },
    { "bins-fit", "1 stock: at rest no more lies in bins than is there", judge_bins_fit, AT_REST },
    { "lots", "1 stock: lots are all that is there, and each is the sum of its movements",
      judge_lots, ALWAYS },
    { "serials", "1 stock: a serial number is one piece, in one place", judge_serials, ALWAYS },
    { "expired", "1 stock: at rest nothing is for sale that ended, and nobody could pick it",
      judge_ended_lots, AT_REST },
    { "expires", "1 stock: what ended is not for sale for days after", judge_ending_lots, ALWAYS },
    { "picked", "1 stock: what is picked for an order is what it holds, or less", judge_picked,
      ALWAYS },
};
enum { RULE_COUNT = sizeof rules / sizeof rules[0] };
_Static_assert(sizeof rules / sizeof rules[0] <= RULES_MAX, "a set of rules is bits");

const struct rule *judge_rules(size_t *ret_count)
{
    *ret_count = RULE_COUNT;
    return rules;
}

static void judge_some(struct sim *sim, bool at_rest)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (at_rest || rules[i].holds == ALWAYS) {
            arena_reset(sim->ctx.arena);
            sim->judging = i;
            rules[i].judge(sim);
        }
    }
}

bool pending_inputs(struct sim *sim, enum service_index service, const char *subject)
{
    size_t count = 0;
    void **rows = memory_database_rows(sim->databases[service], &input_table, &count);
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any |= text_equal(((const struct input_row *)rows[i])->key, subject);
    }
    rows = memory_database_rows(sim->databases[service], &parked_table, &count);
    for (size_t i = 0; i < count; i++) {
        any |= text_equal(((const struct parked_row *)rows[i])->subject_id, subject);
    }
    return any;
}

void judge_world(struct sim *sim)
{
    judge_some(sim, true);
}

void judge_moment(struct sim *sim)
{
    judge_some(sim, false);
}

static void find(struct sim *sim, const char *subject, const char *detail)
{
    sim->broken |= UINT64_C(1) << sim->judging;
    if (++sim->findings <= FINDINGS_PRINTED && !sim->quiet) {
        printf("seed %llu: %s (%s): %s: %s\n", (unsigned long long)sim->seed,
               rules[sim->judging].name, rules[sim->judging].promise, subject, detail);
    }
}

void judge_find(struct sim *sim, const char *subject, const char *format, ...)
{
    char detail[DETAIL_BYTES];
    va_list arguments;

    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above starts it */
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    find(sim, subject, detail);
}

void judge_find_order(struct sim *sim, int64_t order_no, const char *format, ...)
{
    static struct view orders;
    char detail[DETAIL_BYTES];
    struct order_id_text id = { "an order that is not there" };
    va_list arguments;

    (void)view_once(&orders, SIM_ORDER, "orders", "order_no order_id");
    struct memory_slice rows = view_find(sim, SIM_ORDER, &orders, key_number(order_no));
    if (rows.count > 0) {
        id = order_id_format(view_bytes(&orders, rows.rows[0], 1).bytes);
    }
    va_start(arguments, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): the line above starts it */
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    find(sim, id.text, detail);
}

void sums_add(struct sim *sim, struct sums *sums, const char *name, int64_t value)
{
    struct sum *sum = names_find(&sums->names, name);

    if (sum == NULL) {
        sum = arena_alloc(sim->ctx.arena, sizeof *sum);
        sum->name = arena_copy_text(sim->ctx.arena, name, strlen(name));
        sum->next = sums->first;
        sums->first = sum;
        names_put(sim->ctx.arena, &sums->names, name, sum);
    }
    sum->value += value;
}

int64_t sums_get(const struct sums *sums, const char *name)
{
    const struct sum *sum = names_find(&sums->names, name);

    return sum == NULL ? 0 : sum->value;
}

const char *sums_name(struct sim *sim, int64_t first, int64_t second, const char *text)
{
    return text_format(sim->ctx.arena, "%lld/%lld/%s", (long long)first, (long long)second,
                       text == NULL ? "" : text);
}
