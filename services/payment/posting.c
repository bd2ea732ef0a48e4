/* posting.c - which accounts each entry of the ledger moves: the table that the books follow from.
 *
 * A row more, here and in a migration, is all that a new kind of entry takes; several rows of one entry are several
 * postings of its amount.
 */
#include "services/payment/posting.h"

#include "common/text.h"
#include "proto/payment.h"
#include "services/payment/actions.h"
#include "services/payment/tables.h"

enum {
    CAPTURED = PAYMENT_CALL_OPERATION_CAPTURE,
    VOIDED = PAYMENT_CALL_OPERATION_V_VOID,
    REFUNDED = PAYMENT_CALL_OPERATION_REFUND,
    RECEIVED = OPERATION_RECEIVE,
    WITHDRAWN = OPERATION_DISPUTE_WITHDRAWN,
    REINSTATED = OPERATION_DISPUTE_REINSTATED,
    FEE = OPERATION_DISPUTE_FEE,
    YES = EVENT_SUCCESS,
    NO = EVENT_FAILURE,
    CHANGED = EVENT_ADJUSTMENT,
    CARD = PAYMENT_METHOD_CARD,
    WALLET = PAYMENT_METHOD_WALLET,
    TRANSFER = PAYMENT_METHOD_BANK_TRANSFER,
    ON_DELIVERY = PAYMENT_METHOD_CASH_ON_DELIVERY,
    ON_ACCOUNT = PAYMENT_METHOD_INVOICE,
    EVERY = 0
};

#define PLAIN "" /* an entry without a code */

const struct posting postings[] = {
    /* What is taken is earned, and paid by what the method holds; on account it stays owed. */
    { YES, CAPTURED, EVERY, NULL, ACCOUNT_RECEIVABLE, ACCOUNT_SALES },
    { YES, CAPTURED, CARD, NULL, ACCOUNT_PROVIDER, ACCOUNT_RECEIVABLE },
    { YES, CAPTURED, WALLET, NULL, ACCOUNT_PROVIDER, ACCOUNT_RECEIVABLE },
    { YES, CAPTURED, TRANSFER, NULL, ACCOUNT_DEPOSITS, ACCOUNT_RECEIVABLE },
    { YES, CAPTURED, ON_DELIVERY, NULL, ACCOUNT_CASH_IN_TRANSIT, ACCOUNT_RECEIVABLE },
    /* The provider gave it back; or it was not paid yet, and is credited. */
    { YES, REFUNDED, EVERY, PLAIN, ACCOUNT_REFUNDS, ACCOUNT_PROVIDER },
    { YES, REFUNDED, EVERY, CODE_CREDITED, ACCOUNT_REFUNDS, ACCOUNT_RECEIVABLE },
    /* A person gives it: what was left to one is a debt until then, as is what came back. */
    { NO, REFUNDED, EVERY, CODE_BY_HAND, ACCOUNT_REFUNDS, ACCOUNT_REFUNDS_PAYABLE },
    { NO, REFUNDED, EVERY, CODE_WITHDRAWN, ACCOUNT_REFUNDS_PAYABLE, ACCOUNT_REFUNDS },
    { CHANGED, REFUNDED, EVERY, NULL, ACCOUNT_PROVIDER, ACCOUNT_REFUNDS_PAYABLE },
    { YES, REFUNDED, EVERY, CODE_BY_HAND, ACCOUNT_REFUNDS_PAYABLE, ACCOUNT_BANK },
    { YES, REFUNDED, EVERY, CODE_GIVEN, ACCOUNT_REFUNDS, ACCOUNT_BANK },
    /* Money at our bank: before it is taken it is not ours. */
    { YES, RECEIVED, TRANSFER, PLAIN, ACCOUNT_BANK, ACCOUNT_DEPOSITS },
    { YES, RECEIVED, TRANSFER, CODE_ACCEPTED_SHORT, ACCOUNT_DIFFERENCES, ACCOUNT_DEPOSITS },
    { CHANGED, RECEIVED, TRANSFER, NULL, ACCOUNT_DEPOSITS, ACCOUNT_BANK },
    { YES, VOIDED, TRANSFER, NULL, ACCOUNT_DEPOSITS, ACCOUNT_BANK },
    { YES, RECEIVED, ON_ACCOUNT, NULL, ACCOUNT_BANK, ACCOUNT_RECEIVABLE },
    { CHANGED, RECEIVED, ON_ACCOUNT, NULL, ACCOUNT_RECEIVABLE, ACCOUNT_BANK },
    /* What is disputed the provider takes out and, where it is won, puts back; what it takes for that it may take back. */
    { YES, WITHDRAWN, EVERY, NULL, ACCOUNT_DISPUTES, ACCOUNT_PROVIDER },
    { CHANGED, WITHDRAWN, EVERY, NULL, ACCOUNT_PROVIDER, ACCOUNT_DISPUTES },
    { YES, REINSTATED, EVERY, NULL, ACCOUNT_PROVIDER, ACCOUNT_DISPUTES },
    { CHANGED, REINSTATED, EVERY, NULL, ACCOUNT_DISPUTES, ACCOUNT_PROVIDER },
    { YES, FEE, EVERY, NULL, ACCOUNT_DISPUTE_FEES, ACCOUNT_PROVIDER },
    { CHANGED, FEE, EVERY, NULL, ACCOUNT_PROVIDER, ACCOUNT_DISPUTE_FEES },
};
const size_t posting_count = sizeof postings / sizeof postings[0];

const char *account_name(int64_t account)
{
    static const char *const names[ACCOUNT_COUNT] = {
        [ACCOUNT_RECEIVABLE] = "receivable",
        [ACCOUNT_PROVIDER] = "provider",
        [ACCOUNT_BANK] = "bank",
        [ACCOUNT_CASH_IN_TRANSIT] = "cash_in_transit",
        [ACCOUNT_DEPOSITS] = "deposits",
        [ACCOUNT_SALES] = "sales",
        [ACCOUNT_TAX] = "tax",
        [ACCOUNT_REFUNDS] = "refunds",
        [ACCOUNT_REFUNDS_PAYABLE] = "refunds_payable",
        [ACCOUNT_DIFFERENCES] = "differences",
        [ACCOUNT_DISPUTES] = "disputes",
        [ACCOUNT_DISPUTE_FEES] = "dispute_fees",
    };

    return account > 0 && account < ACCOUNT_COUNT ? names[account] : NULL;
}

bool posting_applies(const struct posting *posting, const struct booking *booking)
{
    const char *code = booking->code == NULL ? PLAIN : booking->code;

    return posting->kind == booking->kind && posting->operation == booking->operation &&
           (posting->method == EVERY || posting->method == booking->method) &&
           (posting->code == NULL || text_equal(posting->code, code));
}
