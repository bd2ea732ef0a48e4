/* letter.h - what a mail says: the payload of an effect, in the customer's language, as the bytes that go out.
 *
 * Pure, thread-safe; the templates were checked when they were read.
 */
#ifndef KERVAN_NOTIFICATION_LETTER_H
#define KERVAN_NOTIFICATION_LETTER_H

#include "common/language.h"
#include "proto/notification.h"
#include "services/notification/template.h"

#include <stddef.h>

struct arena;

enum letter_part { LETTER_SUBJECT, LETTER_TEXT, LETTER_HTML, LETTER_PART_COUNT };
enum {
    LETTER_KINDS = CUSTOMER_MESSAGE_PROMISE_CHANGED + 1,
    LETTER_LINES_MAX = 100 /* so many lines of an order are listed */
};

/* By the value of enum customer_message; the first one, ABSENT, has none. */
struct letter_templates {
    const char *texts[LETTER_KINDS][LANGUAGE_COUNT][LETTER_PART_COUNT];
    const char *supplier_order[LANGUAGE_COUNT][LETTER_PART_COUNT]; /* supplier_letter.h */
    const char *invoice[LANGUAGE_COUNT][LETTER_PART_COUNT];        /* invoice_letter.h */
};

/* Who writes. */
struct letter_sender {
    const char *shop; /* the name that customers know */
    const char *address;
};

struct letter {
    const char *bytes;
    size_t length;
};

/* "received": part of the names of template files. */
const char *letter_word(enum customer_message message);
/* What is wrong with the text of a template, with its line, in the arena; NULL when it is fine. */
const char *letter_template_problem(struct arena *arena, const char *text);

/* `url` of the mail is where its link leads.  `key` is the identity of the mail, and becomes its Message-ID. */
struct letter letter_write(struct arena *arena, const struct letter_templates *templates,
                           const struct letter_sender *sender, const struct notification_mail *mail,
                           const char *key);

/* --- What letters of all kinds are made with ------------------------------------------------------- */

struct mime_mail;

/* What is wrong with a template of a model whose values are as wide as they can be; NULL when it is fine. */
const char *letter_model_problem(struct arena *arena, const char *text,
                                 const struct template_model *model);
/* A template filled in, in the arena. */
const char *letter_fill(struct arena *arena, const char *text, const struct template_model *model,
                        enum template_escape escape);
/* A mail's bytes, in the arena. */
struct letter letter_mime(struct arena *arena, const struct mime_mail *mail);

#endif
