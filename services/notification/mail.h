/* mail.h - the effects that tell a customer or supplier: a mail over SMTP, and how its answer is understood.
 *
 * What mails are made of (templates, sender) is read once at the start, before any other call here.
 */
#ifndef KERVAN_NOTIFICATION_MAIL_H
#define KERVAN_NOTIFICATION_MAIL_H

#include "common/config.h"
#include "common/service.h"

enum { MAIL_SETTING_COUNT = 5 };
extern const struct setting mail_settings[MAIL_SETTING_COUNT];

/* ERR_FATAL when the sender is no address, or a template is missing or wrong. */
enum err mail_start(struct ctx *ctx) MUST_USE;

void mail_request(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret);
/* Of a struct notification_supplier_mail. */
void supplier_mail_request(struct arena *arena, const void *payload, const char *key,
                           struct outside_request *ret);
/* Of a struct notification_invoice_mail. */
void invoice_mail_request(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret);
/* RFC 5321 4.5.4.1: who cannot deliver tries for four to five days at least. */
#define MAIL_PATIENCE_MS "345600000"

/* The result is a struct mail_end. */
enum effect_verdict mail_read(struct arena *arena, const void *payload, const struct http_end *end,
                              bool asked, const void **ret_result);

#endif
