/* card_number.h - finds payment card numbers in text, so that none is taken in, kept or passed on.
 *
 * A card number is 14 to 19 digits, together or in groups of four to six with one kind of separator (a blank or
 * a dash) between, that stand apart from letters and other digits, begin like a card scheme, have a length that
 * the scheme gives out, and pass the Luhn check.  Visa's old 13 digits are left out: no card has them any more,
 * and every tenth barcode of 13 digits that begins with 4 would look like one.  Fields that hold long numbers by
 * nature (barcodes, phones, tracking numbers) are for the caller to leave out.  Pure.
 */
#ifndef KERVAN_COMMON_CARD_NUMBER_H
#define KERVAN_COMMON_CARD_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

bool has_card_number(const char *text, size_t length);

#endif
