/* document_maker.h - makes the files of an invoice or a credit note: JSON as the API shows it, PDF in the customer's language, UBL 2.1.
 *
 * The effect's request holds what they say; `make` runs on a thread beside the worker's (outside_made.h).  The same request gives
 * the same bytes while the shop's name and address, the fonts and the libraries are the same, and only what is made first counts.
 */
#ifndef KERVAN_PAYMENT_DOCUMENT_MAKER_H
#define KERVAN_PAYMENT_DOCUMENT_MAKER_H

#include "common/service.h"

void document_request(struct arena *arena, const void *payload, const char *key,
                      struct outside_request *ret);
enum err document_make(struct ctx *ctx, const struct outside_request *request,
                       struct buffer *answer);
/* The result is a struct made_files. */
enum effect_verdict document_read(struct arena *arena, const void *payload,
                                  const struct http_end *end, bool asked, const void **ret_result);

#endif
