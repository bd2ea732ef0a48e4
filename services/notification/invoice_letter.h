/* invoice_letter.h - what the mail with an invoice or a credit note says, in the customer's language, with its files attached.
 *
 * Pure, thread-safe; the templates were checked when they were read.
 */
#ifndef KERVAN_NOTIFICATION_INVOICE_LETTER_H
#define KERVAN_NOTIFICATION_INVOICE_LETTER_H

#include "services/notification/letter.h"

/* As letter_template_problem. */
const char *invoice_letter_problem(struct arena *arena, const char *text);

/* `key` is the identity of the mail, and becomes its Message-ID. */
struct letter invoice_letter_write(struct arena *arena, const struct letter_templates *templates,
                                   const struct letter_sender *sender,
                                   const struct notification_invoice_mail *mail, const char *key);

#endif
