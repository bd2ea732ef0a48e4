/* text_form.h - how codes are written: 9 stands for a digit, A for a capital letter, * for either, _ for a space that may be left out;
 * anything else for itself.  Pure.
 */
#ifndef KERVAN_COMMON_TEXT_FORM_H
#define KERVAN_COMMON_TEXT_FORM_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all of `text` has the form, which is `length` characters long. */
bool text_form_fits(const char *form, size_t length, const char *text);

#endif
