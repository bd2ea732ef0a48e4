/* letter.h - what a mail says: the payload of an effect, in the customer's language, as the bytes that go out.
 *
 * Pure, thread-safe; the templates were checked when they were read.
 */
#ifndef KERVAN_NOTIFICATION_LETTER_H
#define KERVAN_NOTIFICATION_LETTER_H

#include "proto/notification.h"
#include "common/language.h"

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

#endif
