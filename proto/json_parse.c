/* json_parse.c - from bytes to a tree: recursive descent, with a bound on its depth. */
#include "proto/json.h"

#include "common/text.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(JSON_DEPTH_MAX == 32, "parse_items() says the number");

enum { COMPARED_IN_PAIRS = 16, SEQUENCE_BYTES_MAX = 4 };

struct parser {
    struct arena *arena;
    const char *at, *end;
    struct json_error *error;
};

static bool refuse(const struct parser *parser, const char *what, const char *at)
{
    *parser->error = (struct json_error){ what, at };
    return false;
}

static bool refuse_syntax(const struct parser *parser)
{
    return refuse(parser, "must be valid JSON", parser->at);
}

static bool is_next(const struct parser *parser, char byte)
{
    return parser->at < parser->end && *parser->at == byte;
}

static void skip_spaces(struct parser *parser)
{
    while (is_next(parser, ' ') || is_next(parser, '\n') || is_next(parser, '\t') ||
           is_next(parser, '\r'))
        parser->at++;
}

/* Takes the byte, and spaces before it. */
static bool take(struct parser *parser, char byte)
{
    skip_spaces(parser);
    bool taken = is_next(parser, byte);

    parser->at += taken ? 1 : 0;
    return taken;
}

/* --- Texts -------------------------------------------------------------------------------------- */

/* Moves over characters that stand for themselves. */
static bool skip_plain(struct parser *parser)
{
    for (; parser->at < parser->end; parser->at++) {
        unsigned char byte = (unsigned char)*parser->at;

        if (byte == '"' || byte == '\\')
            return true;
        if (byte < ' ')
            return refuse_syntax(parser);
        if (byte < 0x80)
            continue;
        /* A whole document ends with a quote and a bracket behind any sequence, so no room for the longest is an end too early. */
        size_t length = parser->end - parser->at < SEQUENCE_BYTES_MAX
                            ? 0
                            : text_sequence_length((const unsigned char *)parser->at);
        if (length == 0)
            return refuse(parser, "must be valid UTF-8", parser->at);
        parser->at += length - 1;
    }
    return refuse_syntax(parser);
}

/* The byte that is next, '\0' at the end. */
static char next_byte(const struct parser *parser)
{
    char byte = '\0';

    if (parser->at < parser->end)
        byte = *parser->at;
    return byte;
}

/* 16 when it is none. */
static uint32_t hex_digit(char byte)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = byte == '\0' ? NULL : strchr(digits, byte);
    uint32_t digit = found == NULL ? 16 : (uint32_t)(found - digits);

    return found != NULL && digit >= 16 ? digit - 6 : digit;
}

static bool take_hex(struct parser *parser, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++, parser->at++) {
        uint32_t digit = hex_digit(next_byte(parser));

        if (digit == 16)
            return refuse_syntax(parser);
        *ret = *ret * 16 + digit;
    }
    return true;
}

static char *put_character(char *to, uint32_t character)
{
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;

    for (size_t i = length; i > 1; i--, character >>= 6)
        to[i - 1] = (char)(0x80 | (character & 0x3f));
    to[0] = (char)(lead[length] | character);
    return to + length;
}

/* Behind "\u": four digits, or a pair of surrogates. */
static bool take_code(struct parser *parser, uint32_t *ret)
{
    const char *start = parser->at;
    uint32_t low = 0;

    if (!take_hex(parser, ret))
        return false;
    if (*ret == 0)
        return refuse(parser, "must not hold the character U+0000", start);
    if (*ret < 0xd800 || *ret > 0xdfff)
        return true;
    if (*ret > 0xdbff || !is_next(parser, '\\') || parser->end - parser->at < 2 ||
        parser->at[1] != 'u')
        return refuse(parser, "must be valid JSON", start);
    parser->at += 2;
    if (!take_hex(parser, &low))
        return false;
    *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
    return (low >= 0xdc00 && low <= 0xdfff) || refuse(parser, "must be valid JSON", start);
}

/* Behind a backslash. */
static bool take_escape(struct parser *parser, char **to)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char byte = next_byte(parser);
    const char *letter = byte == '\0' ? NULL : strchr(letters, byte);
    uint32_t character = 0;

    if (letter == NULL && byte != 'u')
        return refuse_syntax(parser);
    parser->at++;
    if (letter != NULL) {
        *(*to)++ = meant[letter - letters];
        return true;
    }
    if (!take_code(parser, &character))
        return false;
    *to = put_character(*to, character);
    return true;
}

/* Bytes up to the quote that ends the text that begins at `start`, or up to the end of all. */
static size_t end_of_text(const struct parser *parser, const char *start)
{
    size_t length = 0, most = (size_t)(parser->end - start);

    while (length < most && start[length] != '"')
        length += start[length] == '\\' ? 2 : 1;
    return length < most ? length : most;
}

/* From its first escape on, a text is put together; it never grows by that. */
static bool take_escaped(struct parser *parser, const char *start, struct json_text *ret)
{
    size_t length = end_of_text(parser, start);
    char *copy = arena_alloc(parser->arena, length);
    char *to = copy;

    for (;;) {
        memcpy(to, start, (size_t)(parser->at - start));
        to += parser->at - start;
        if (is_next(parser, '"'))
            break;
        parser->at++;
        if (!take_escape(parser, &to))
            return false;
        start = parser->at;
        if (!skip_plain(parser))
            return false;
    }
    parser->at++;
    *ret = (struct json_text){ copy, (size_t)(to - copy) };
    return true;
}

/* Behind the first quote. */
static bool take_text(struct parser *parser, struct json_text *ret)
{
    const char *start = parser->at;

    if (!skip_plain(parser))
        return false;
    if (*parser->at == '\\')
        return take_escaped(parser, start, ret);
    *ret = (struct json_text){ start, (size_t)(parser->at - start) };
    parser->at++;
    return true;
}

/* --- Numbers and words -------------------------------------------------------------------------- */

static bool is_digit(const struct parser *parser)
{
    return parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9';
}

static bool skip_digits(struct parser *parser)
{
    if (!is_digit(parser))
        return refuse_syntax(parser);
    while (is_digit(parser))
        parser->at++;
    return true;
}

/* A fraction and an exponent, if there are any. */
static bool skip_rest_of_real(struct parser *parser)
{
    if (is_next(parser, '.')) {
        parser->at++;
        if (!skip_digits(parser))
            return false;
    }
    if (is_next(parser, 'e') || is_next(parser, 'E')) {
        parser->at++;
        parser->at += is_next(parser, '+') || is_next(parser, '-') ? 1 : 0;
        return skip_digits(parser);
    }
    return true;
}

/* Counts away from zero on the negative side, where the range is one larger. */
static bool read_integer(const struct parser *parser, const char *digits, bool negative,
                         int64_t *ret)
{
    int64_t value = 0;

    for (; digits < parser->at; digits++) {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *digits - '0', &value))
            return false;
    }
    *ret = negative || value == INT64_MIN ? value : -value;
    return negative || value != INT64_MIN;
}

static bool parse_number(struct parser *parser, struct json_value *ret)
{
    const char *start = parser->at;
    bool negative = is_next(parser, '-');

    parser->at += negative ? 1 : 0;
    const char *digits = parser->at;
    if (!skip_digits(parser))
        return false;
    if (*digits == '0' && parser->at - digits > 1)
        return refuse(parser, "must be valid JSON", digits + 1);
    const char *behind = parser->at;
    if (!skip_rest_of_real(parser))
        return false;
    if (parser->at != behind) {
        ret->kind = JSON_KIND_REAL;
        ret->is.text = (struct json_text){ start, (size_t)(parser->at - start) };
        return true;
    }
    ret->kind = JSON_KIND_INTEGER;
    return read_integer(parser, digits, negative, &ret->is.integer) ||
           refuse(parser, "must not hold a number beyond 64 bits", start);
}

static bool parse_word(struct parser *parser, struct json_value *ret)
{
    static const struct {
        const char *word;
        size_t length;
        enum json_kind kind;
        bool truth;
    } words[] = { { "true", 4, JSON_KIND_BOOLEAN, true },
                  { "false", 5, JSON_KIND_BOOLEAN, false },
                  { "null", 4, JSON_KIND_NULL, false } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if ((size_t)(parser->end - parser->at) >= words[i].length &&
            memcmp(parser->at, words[i].word, words[i].length) == 0) {
            parser->at += words[i].length;
            ret->kind = words[i].kind;
            ret->is.truth = words[i].truth;
            return true;
        }
    }
    return refuse_syntax(parser);
}

/* --- Objects and arrays ------------------------------------------------------------------------- */

static int compare_names(const void *left, const void *right)
{
    const struct json_value *const *a = left, *const *b = right;
    size_t length = (*a)->name.length;

    if (length != (*b)->name.length)
        return length < (*b)->name.length ? -1 : 1;
    return memcmp((*a)->name.bytes, (*b)->name.bytes, length);
}

/* Of two that bear one name; NULL when there are none. */
static const struct json_value *repeated_in_pairs(const struct json_value *object)
{
    for (const struct json_value *one = object->is.items.first; one != NULL; one = one->next) {
        for (const struct json_value *other = one->next; other != NULL; other = other->next) {
            if (compare_names(&one, &other) == 0)
                return other;
        }
    }
    return NULL;
}

static const struct json_value *repeated_in_order(const struct parser *parser,
                                                  const struct json_value *object)
{
    size_t count = 0;
    const struct json_value **members =
        arena_alloc(parser->arena, object->is.items.count * sizeof *members);

    for (const struct json_value *at = object->is.items.first; at != NULL; at = at->next)
        members[count++] = at;
    qsort(members, count, sizeof *members, compare_names);
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&members[i - 1], &members[i]) == 0)
            return members[i];
    }
    return NULL;
}

static bool check_names(const struct parser *parser, const struct json_value *object)
{
    const struct json_value *repeated = object->is.items.count <= COMPARED_IN_PAIRS
                                            ? repeated_in_pairs(object)
                                            : repeated_in_order(parser, object);

    return repeated == NULL ||
           refuse(parser, "must not repeat a field of an object", parser->at - 1);
}

static bool parse_value(struct parser *parser, struct json_value *ret, int depth);

/* A member of an object with its name, or an element of an array. */
static bool parse_item(struct parser *parser, bool named, struct json_value *ret, int depth)
{
    if (named) {
        if (!take(parser, '"'))
            return refuse_syntax(parser);
        if (!take_text(parser, &ret->name))
            return false;
        if (!take(parser, ':'))
            return refuse_syntax(parser);
    }
    return parse_value(parser, ret, depth);
}

/* Behind its first bracket. */
static bool parse_items(struct parser *parser, struct json_value *ret, int depth)
{
    bool named = ret->kind == JSON_KIND_OBJECT;
    char close = named ? '}' : ']';
    struct json_value **place = &ret->is.items.first;

    if (depth > JSON_DEPTH_MAX)
        return refuse(parser, "must not nest deeper than 32 levels", parser->at - 1);
    if (take(parser, close))
        return true;
    do {
        *place = arena_alloc(parser->arena, sizeof **place);
        if (!parse_item(parser, named, *place, depth))
            return false;
        place = &(*place)->next;
        ret->is.items.count++;
    } while (take(parser, ','));
    if (!take(parser, close))
        return refuse_syntax(parser);
    return !named || check_names(parser, ret);
}

static bool parse_value(struct parser *parser, struct json_value *ret, int depth)
{
    skip_spaces(parser);
    switch (next_byte(parser)) {
    case '{':
    case '[':
        ret->kind = *parser->at++ == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY;
        return parse_items(parser, ret, depth + 1);
    case '"':
        parser->at++;
        ret->kind = JSON_KIND_STRING;
        return take_text(parser, &ret->is.text);
    case 't':
    case 'f':
    case 'n':
        return parse_word(parser, ret);
    default:
        return parse_number(parser, ret);
    }
}

struct json_value *json_parse(struct arena *arena, const char *bytes, size_t length,
                              struct json_error *ret_error)
{
    struct parser parser = { arena, bytes, bytes + length, ret_error };
    struct json_value *root = arena_alloc(arena, sizeof *root);

    skip_spaces(&parser);
    if (!is_next(&parser, '{') && !is_next(&parser, '[')) {
        (void)refuse_syntax(&parser);
        return NULL;
    }
    if (!parse_value(&parser, root, 0))
        return NULL;
    skip_spaces(&parser);
    if (parser.at < parser.end) {
        (void)refuse_syntax(&parser);
        return NULL;
    }
    return root;
}
