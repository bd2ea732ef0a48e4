/* text_form.c - holds a text against a form, place by place. */
#include "common/text_form.h"

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool is_letter(char character)
{
    return character >= 'A' && character <= 'Z';
}

/* Of one place of a form; a literal stands for itself. */
static bool fits_place(char place, char character)
{
    switch (place) {
    case '9':
        return is_digit(character);
    case 'A':
        return is_letter(character);
    case '*':
        return is_digit(character) || is_letter(character);
    default:
        return place == character;
    }
}

bool text_form_fits(const char *form, size_t length, const char *text)
{
    for (size_t i = 0; i < length; i++) {
        if (form[i] == '_') {
            text += *text == ' ' ? 1 : 0;
        } else if (!fits_place(form[i], *text++)) {
            return false;
        }
    }
    return *text == '\0';
}
