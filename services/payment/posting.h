/* posting.h - the books as double entry: what each entry of the ledger moves, from which account to which.
 *
 * The journal is not written but read: an entry of the ledger (payment_event, never changed) together with this table
 * is what an accountant calls a posting.  So nothing can be in one and not in the other, every posting balances, and an
 * order on its way pays nothing for it.  The database has the same table (`posting`), by which it shows the journal.
 * All pure; thread-safe.
 */
#ifndef KERVAN_PAYMENT_POSTING_H
#define KERVAN_PAYMENT_POSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each is kept for an order and a payment of it; the shop knows them by codes of its own.  Numbers are stored. */
enum account {
    ACCOUNT_RECEIVABLE = 1,      /* what customers owe for what was taken or invoiced */
    ACCOUNT_PROVIDER = 2,        /* what a payment provider has taken for us and not paid out */
    ACCOUNT_BANK = 3,            /* our own accounts at banks */
    ACCOUNT_CASH_IN_TRANSIT = 4, /* what carriers have collected and not handed over */
    ACCOUNT_DEPOSITS = 5,        /* what shoppers sent us and we have not earned: a debt of ours */
    ACCOUNT_SALES = 6,
    ACCOUNT_TAX = 7,             /* in documents */
    ACCOUNT_REFUNDS = 8,         /* what sales are less by */
    ACCOUNT_REFUNDS_PAYABLE = 9, /* what a person has to give back */
    ACCOUNT_DIFFERENCES = 10,    /* what came short and was taken for enough */
    ACCOUNT_DISPUTES = 11,       /* what providers took out for disputes, and did not put back */
    ACCOUNT_DISPUTE_FEES = 12,   /* what they took for it */
    ACCOUNT_COUNT
};

/* What is told of it in contracts and exports; NULL of a number that is none. */
const char *account_name(int64_t account);

/* What was booked: columns of an entry, and the method of its payment. */
struct booking {
    int64_t kind, operation; /* as in payment_event */
    int64_t method;          /* as in payment */
    const char *code;
};

struct posting {
    int64_t kind, operation;
    int64_t method;   /* 0: of every one */
    const char *code; /* "": of entries without one; NULL: of all */
    enum account debit, credit;
};

/* In the order of their numbers in the database, which begin with 1. */
extern const struct posting postings[];
extern const size_t posting_count;

bool posting_applies(const struct posting *posting, const struct booking *booking);

#endif
