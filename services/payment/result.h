/* result.h - what came of a call to the provider.  Pure; the runtime calls each once for each call. */
#ifndef KERVAN_PAYMENT_RESULT_H
#define KERVAN_PAYMENT_RESULT_H

#include "common/incoming.h"

void result_need(const struct incoming_result *in, struct rows *rows);
void on_authorize_result(struct decision *out, const struct incoming_result *in);
void on_capture_result(struct decision *out, const struct incoming_result *in);
void on_void_result(struct decision *out, const struct incoming_result *in);
void on_refund_result(struct decision *out, const struct incoming_result *in);

/* The payment that an answer is about; false, and the decision is impossible, when there is none. */
struct dealing;
bool result_open(struct dealing *dealing, struct decision *out, const struct incoming_result *in);

#endif
