/* read_value.c - lengths, digits, numbers. */
#include "common/read_value.h"

#include "common/arena.h"
#include "common/text.h"

#include <string.h>

enum { TEXT_LENGTH_DEFAULT = 64 };

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

const char *read_value_text(const struct read_parameter *parameter, const char *text,
                            const char **ret_fault)
{
    int64_t length_max = parameter->length_max > 0 ? parameter->length_max : TEXT_LENGTH_DEFAULT;

    if (text == NULL) {
        return NULL;
    }
    if ((int64_t)strlen(text) > length_max) {
        *ret_fault = "is too long";
    } else if ((int64_t)strlen(text) < parameter->length_min) {
        *ret_fault = "is too short";
    } else if (parameter->fits != NULL && !parameter->fits(text)) {
        *ret_fault = parameter->must;
    }
    return text;
}

const char *read_value_digits(struct arena *arena, const struct read_parameter *parameter,
                              const char *text, const char **ret_fault)
{
    int64_t length_max = parameter->length_max > 0 ? parameter->length_max : TEXT_LENGTH_DEFAULT;

    if (text == NULL) {
        return NULL;
    }
    size_t length = strlen(text), count = 0;
    char *digits = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < length; i++) {
        if (is_digit(text[i])) {
            digits[count++] = text[i];
        }
    }
    digits[count] = '\0';
    if ((int64_t)length > length_max) {
        *ret_fault = "is too long";
    } else if ((int64_t)count < parameter->length_min) {
        *ret_fault = "has too few digits";
    }
    return digits;
}

int64_t read_value_int(const struct read_parameter *parameter, const char *text,
                       const char **ret_fault)
{
    int64_t number = 0;

    if (text != NULL && !text_to_int(text, &number)) {
        *ret_fault = "must be an integer";
    } else if (parameter->kind == READ_QUERY_AMOUNT && number < 0) {
        *ret_fault = "must be 0 or more";
    }
    return number;
}
