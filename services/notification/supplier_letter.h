/* supplier_letter.h - what the mail with a purchase order says, in the supplier's language, with its documents attached.
 *
 * Pure, thread-safe; the templates were checked when they were read.
 */
#ifndef KERVAN_NOTIFICATION_SUPPLIER_LETTER_H
#define KERVAN_NOTIFICATION_SUPPLIER_LETTER_H

#include "services/notification/letter.h"

/* As letter_template_problem. */
const char *supplier_letter_problem(struct arena *arena, const char *text);

struct supplier_letter {
    const struct notification_supplier_mail *mail;
    const char *key;  /* the identity of the mail, and becomes its Message-ID */
    const char *link; /* where the supplier confirms the order; NULL: nowhere */
};

struct letter supplier_letter_write(struct arena *arena, const struct letter_templates *templates,
                                    const struct letter_sender *sender,
                                    const struct supplier_letter *letter);

#endif
