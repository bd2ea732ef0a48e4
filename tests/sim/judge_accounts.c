/* judge_accounts.c - the journal: what each account of a payment comes to is what its rows and the provider's books say.
 *
 * The postings are the product's own table, put to the ledger as the database would; what they must come to is reckoned here from
 * payments, refunds and transfers, and from what the provider has taken and given back.
 */
#include "tests/sim/judge.h"

#include "services/payment/posting.h"
#include "tests/sim/disputes.h"

#include <stddef.h>

enum {
    METHOD_CARD = 1,
    METHOD_TRANSFER = 2,
    METHOD_ON_DELIVERY = 3,
    METHOD_ON_ACCOUNT = 4,
    METHOD_WALLET = 6,
    REFUND_SUCCEEDED = 4,
    REFUND_FAILED = 5,
    REFUND_BY_HAND = 6,
    TRANSFER_ACCEPTED_SHORT = 2,
    EVENT_ADJUSTMENT = 4,
    OPERATION_AUTHORIZE = 1
};

static struct view payment, event, refund, transfer, dispute;

static void open_views(void)
{
    (void)view_once(&payment, SIM_PAYMENT, "payment",
                    "order_no payment_no order_id method captured_minor refunded_minor "
                    "received_minor released_minor");
    (void)view_once(&event, SIM_PAYMENT, "payment_event",
                    "order_no payment_no kind operation amount_minor code");
    (void)view_once(&refund, SIM_PAYMENT, "payment_refund",
                    "order_no payment_no state amount_minor failure_heard");
    (void)view_once(&transfer, SIM_PAYMENT, "payment_transfer",
                    "order_no payment_no kind amount_minor");
    (void)view_once(&dispute, SIM_PAYMENT, "payment_dispute",
                    "order_no payment_no withdrawn_minor reinstated_minor fee_minor");
}

/* Balances by payment and account, debits above zero; what was lost of transfers that were secured, what was accepted short. */
struct books {
    struct sums balances, lost, accepted_short, given, payable;
    struct sums disputed; /* taken out for disputes, and not put back, with fees */
};

static const char *name_of(struct sim *sim, const struct view *view, const void *row)
{
    return sums_name(sim, view_int(view, row, 0), view_int(view, row, 1), NULL);
}

static void move(struct sim *sim, struct books *books, const void *row, enum account account,
                 int64_t minor)
{
    sums_add(
        sim, &books->balances,
        sums_name(sim, view_int(&event, row, 0), view_int(&event, row, 1), account_name(account)),
        minor);
}

static void post(struct sim *sim, struct books *books, const void *row, int64_t method)
{
    const struct booking booking = { .kind = view_int(&event, row, 2),
                                     .operation = view_int(&event, row, 3),
                                     .method = method,
                                     .code = view_text(&event, row, 5) };
    int64_t minor = view_int(&event, row, 4);

    for (size_t i = 0; i < posting_count; i++) {
        if (posting_applies(&postings[i], &booking)) {
            move(sim, books, row, postings[i].debit, minor);
            move(sim, books, row, postings[i].credit, -minor);
        }
    }
    if (booking.kind == EVENT_ADJUSTMENT && booking.operation == OPERATION_AUTHORIZE) {
        sums_add(sim, &books->lost, name_of(sim, &event, row), minor);
    }
}

static void read_refunds(struct sim *sim, struct books *books)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &refund, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t state = view_int(&refund, rows[i], 2), minor = view_int(&refund, rows[i], 3);
        bool owed =
            state == REFUND_BY_HAND || (state == REFUND_FAILED && view_bool(&refund, rows[i], 4));

        if (state == REFUND_SUCCEEDED) {
            sums_add(sim, &books->given, name_of(sim, &refund, rows[i]), minor);
        } else if (owed) {
            sums_add(sim, &books->payable, name_of(sim, &refund, rows[i]), minor);
        }
    }
}

static void read_disputes(struct sim *sim, struct books *books)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &dispute, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &books->disputed, name_of(sim, &dispute, rows[i]),
                 view_int(&dispute, rows[i], 2) - view_int(&dispute, rows[i], 3) +
                     view_int(&dispute, rows[i], 4));
    }
}

static void read_ledger(struct sim *sim, struct books *books)
{
    struct sums methods = { 0 };
    size_t count = 0;
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &methods, name_of(sim, &payment, rows[i]), view_int(&payment, rows[i], 3));
    }
    rows = view_rows(sim, SIM_PAYMENT, &event, &count);
    for (size_t i = 0; i < count; i++) {
        post(sim, books, rows[i], sums_get(&methods, name_of(sim, &event, rows[i])));
    }
    rows = view_rows(sim, SIM_PAYMENT, &transfer, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&transfer, rows[i], 2) == TRANSFER_ACCEPTED_SHORT) {
            sums_add(sim, &books->accepted_short, name_of(sim, &transfer, rows[i]),
                     view_int(&transfer, rows[i], 3));
        }
    }
}

static int64_t balance_of(struct sim *sim, const struct books *books, const void *row,
                          enum account account)
{
    return sums_get(&books->balances, sums_name(sim, view_int(&payment, row, 0),
                                                view_int(&payment, row, 1), account_name(account)));
}

/* What the account must come to; those that are not here follow from the others, as all come to zero together. */
static int64_t expected(const void *row, enum account account, int64_t given, int64_t lost)
{
    int64_t method = view_int(&payment, row, 3), captured = view_int(&payment, row, 4);
    int64_t received = view_int(&payment, row, 6), released = view_int(&payment, row, 7);

    if (account == ACCOUNT_RECEIVABLE && method == METHOD_ON_ACCOUNT) {
        return captured - given - received;
    }
    if (account == ACCOUNT_PROVIDER && (method == METHOD_CARD || method == METHOD_WALLET)) {
        return captured - given;
    }
    if (account == ACCOUNT_CASH_IN_TRANSIT && method == METHOD_ON_DELIVERY) {
        return captured;
    }
    if (account == ACCOUNT_DEPOSITS && method == METHOD_TRANSFER) {
        return captured + released - lost - received;
    }
    return account == ACCOUNT_SALES ? -captured : 0;
}

static struct child_id_text id_of(const void *row)
{
    struct order_id_text id = order_id_format(view_bytes(&payment, row, 2).bytes);

    return child_id_format(id.text, 'P', view_int(&payment, row, 1));
}

static void compare(struct sim *sim, const void *row, enum account account, int64_t balance,
                    int64_t must)
{
    if (balance != must) {
        judge_find(sim, id_of(row).text, "has %lld on its account %s, its rows make %lld",
                   (long long)balance, account_name(account), (long long)must);
    }
}

static void judge_payment(struct sim *sim, const struct books *books, const void *row)
{
    static const enum account plain[] = { ACCOUNT_RECEIVABLE, ACCOUNT_PROVIDER,
                                          ACCOUNT_CASH_IN_TRANSIT, ACCOUNT_DEPOSITS,
                                          ACCOUNT_SALES };
    const char *name = name_of(sim, &payment, row);
    int64_t given = sums_get(&books->given, name), payable = sums_get(&books->payable, name);

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        int64_t moved = plain[i] == ACCOUNT_PROVIDER ? sums_get(&books->disputed, name) : 0;

        compare(sim, row, plain[i], balance_of(sim, books, row, plain[i]),
                expected(row, plain[i], given, sums_get(&books->lost, name)) - moved);
    }
    compare(sim, row, ACCOUNT_REFUNDS, balance_of(sim, books, row, ACCOUNT_REFUNDS),
            view_int(&payment, row, 5) + payable);
    compare(sim, row, ACCOUNT_REFUNDS_PAYABLE, balance_of(sim, books, row, ACCOUNT_REFUNDS_PAYABLE),
            -payable);
    compare(sim, row, ACCOUNT_DIFFERENCES, balance_of(sim, books, row, ACCOUNT_DIFFERENCES),
            sums_get(&books->accepted_short, name));
}

void judge_accounts(struct sim *sim)
{
    struct books books = { 0 };
    size_t count = 0;

    open_views();
    read_ledger(sim, &books);
    read_refunds(sim, &books);
    read_disputes(sim, &books);
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        judge_payment(sim, &books, rows[i]);
    }
}

/* At rest what the journal has at the provider is what is there. */
void judge_accounts_outside(struct sim *sim)
{
    struct books books = { 0 };
    size_t count = 0;

    open_views();
    read_ledger(sim, &books);
    void **rows = view_rows(sim, SIM_PAYMENT, &payment, &count);
    for (size_t i = 0; i < count; i++) {
        const struct intent *intent = names_find(&sim->provider->by_payment, id_of(rows[i]).text);
        int64_t there = intent == NULL ? 0
                                       : intent->captured_minor - intent->refunded_minor -
                                             disputes_moved_minor(sim, intent);
        int64_t balance = balance_of(sim, &books, rows[i], ACCOUNT_PROVIDER);

        if (balance != there) {
            judge_find(sim, id_of(rows[i]).text, "has %lld at the provider, which says %lld",
                       (long long)balance, (long long)there);
        }
    }
}
