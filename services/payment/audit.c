/* audit.c - what must hold of money, all the time, and what the provider must hold. */
#include "services/payment/audit.h"

#include "services/payment/providers/paypal_audit.h"
#include "services/payment/providers/razorpay_audit.h"
#include "services/payment/providers/stripe_audit.h"
#include "sql/payment_sql.h"

/* A call under way is not compared at all; this is for what people do at the provider. */
enum { PROVIDER_MS = 5000 };

static const struct audit_rule rules[] = {
    { .name = "money-bounds",
      .promise = "refunded at most captured, captured at most authorized",
      .statement = PAYMENT_SQL_AUDIT_MONEY_BOUNDS },
    { .name = "money-sums",
      .promise = "payments are the sums of their captures and refunds",
      .statement = PAYMENT_SQL_AUDIT_MONEY_SUMS },
    { .name = "accounts-balance",
      .promise = "what the journal's accounts come to is what payments, refunds and transfers say",
      .statement = PAYMENT_SQL_AUDIT_ACCOUNTS },
    { .name = "dispute-sums",
      .promise =
          "what is disputed and lost of a payment is that of its disputes, and with what was "
          "given back no more than was taken",
      .statement = PAYMENT_SQL_AUDIT_DISPUTES },
    { .name = "transfer-sums",
      .promise = "what came for a payment is the sum of its transfers",
      .statement = PAYMENT_SQL_AUDIT_TRANSFER_SUMS },
    { .name = "bank-lines",
      .promise = "a line of a statement is matched, set aside or open, and money counts where it "
                 "is matched",
      .statement = PAYMENT_SQL_AUDIT_BANK_LINES },
    { .name = "credit-sums",
      .promise = "the credit that a company uses is that of its payments, and within its limit",
      .statement = PAYMENT_SQL_AUDIT_CREDIT },
    { .name = "documents",
      .promise = "an invoice is of what was taken, its rates sum up, and no more is credited",
      .statement = PAYMENT_SQL_AUDIT_DOCUMENTS },
    { .name = "document-numbers",
      .promise = "no number of a document is left out",
      .statement = PAYMENT_SQL_AUDIT_DOCUMENT_NUMBERS },
    { .name = "document-series",
      .promise = "the last number of a series is that of its last document",
      .statement = PAYMENT_SQL_AUDIT_DOCUMENT_SERIES },
    { .name = "provider-books",
      .promise = "the provider's books agree with ours",
      .statement = PAYMENT_SQL_AUDIT_PROVIDER,
      .settle_ms = PROVIDER_MS,
      .books = &stripe_books },
    { .name = "provider-missing",
      .promise = "what we hold of the last day is there at the provider, with the same amounts",
      .statement = PAYMENT_SQL_AUDIT_PROVIDER_ASKED,
      .argument = "stripe",
      .settle_ms = PROVIDER_MS,
      .books = &stripe_intents },
    { .name = "paypal-books",
      .promise = "what we hold of the last day at PayPal is there, with the same amounts",
      .statement = PAYMENT_SQL_AUDIT_PROVIDER_ASKED,
      .argument = "paypal",
      .settle_ms = PROVIDER_MS,
      .books = &paypal_orders },
    { .name = "razorpay-books",
      .promise = "what we hold of the last day at Razorpay is there, with the same amounts",
      .statement = PAYMENT_SQL_AUDIT_PROVIDER_ASKED,
      .argument = "razorpay",
      .settle_ms = PROVIDER_MS,
      .books = &razorpay_orders },
};

const struct audit_rules payment_audit_rules = { rules, sizeof rules / sizeof rules[0] };
