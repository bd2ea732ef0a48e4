/* address_form.h - what an address needs in its country: a region, a postal code, and how that is written.
 *
 * Formats are those of Unicode CLDR's postal code data, brought up to date where a country changed
 * its own since (Ireland's Eircode, Korea's five digits, Israel's seven, Serbia's five); which
 * countries want a region is what their carriers print on a label.  Pure.
 */
#ifndef KERVAN_COMMON_ADDRESS_FORM_H
#define KERVAN_COMMON_ADDRESS_FORM_H

enum address_fault {
    ADDRESS_FAULT_NONE,
    ADDRESS_FAULT_REGION_MISSING,
    ADDRESS_FAULT_POSTAL_CODE_MISSING,
    ADDRESS_FAULT_POSTAL_CODE_FORM
};

/* The first thing that is wrong; `region` and `postal_code` may be NULL.  Of a country that is not known nothing is. */
enum address_fault address_fault_of(const char *country, const char *region,
                                    const char *postal_code);
/* How postal codes are written there: 9 is a digit, A a letter, * either, _ a space or nothing, and | stands between
 * forms; NULL where there are none.  A static text. */
const char *address_postal_forms(const char *country);

#endif
