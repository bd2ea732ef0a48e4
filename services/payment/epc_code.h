/* epc_code.h - what a bank's app reads off an invoice to prepare the transfer (EPC069-12, version 2).  Pure; texts are in the arena. */
#ifndef KERVAN_PAYMENT_EPC_CODE_H
#define KERVAN_PAYMENT_EPC_CODE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Country, check digits and account, without blanks; the check digits fit (ISO 7064, MOD 97-10). */
bool epc_iban_is_valid(const char *iban);

/* NULL where there can be none: an amount beyond 999,999,999.99 EUR, or nothing. */
const char *epc_code_text(struct arena *arena, const char *name, const char *iban,
                          int64_t amount_minor, const char *remittance);

#endif
