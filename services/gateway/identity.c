/* identity.c - names of requests, from headers and hashes. */
#include "services/gateway/identity.h"

#include "common/card_number.h"
#include "common/crypto.h"
#include "common/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ID_BYTES = 16, NAME_BYTES_MAX = 1024, PART_LENGTH_MAX = 16 };

/* The next character of a structured field's string, and on: 0 at its end or where it is malformed. */
static char next_quoted(const char **at)
{
    bool escaped = **at == '\\';
    char character = **at;

    if (escaped) {
        character = (*at)[1];
    }
    if (escaped ? character != '"' && character != '\\' : character == '"') {
        return '\0';
    }
    *at += character == '\0' ? 0 : 1 + escaped;
    return character;
}

/* Takes the quotation marks off; false when it is malformed or too long. */
static bool unquote(const char *header, char ret[KEY_LENGTH_MAX + 1])
{
    const char *at = header + 1;
    size_t length = 0;

    for (char next = next_quoted(&at); next != '\0'; next = next_quoted(&at)) {
        if (length == KEY_LENGTH_MAX) {
            return false;
        }
        ret[length++] = next;
    }
    ret[length] = '\0';
    return at[0] == '"' && at[1] == '\0';
}

static bool copy_bare(const char *header, char ret[KEY_LENGTH_MAX + 1])
{
    size_t length = strlen(header);

    if (length > KEY_LENGTH_MAX) {
        return false;
    }
    memcpy(ret, header, length + 1);
    return true;
}

bool idempotency_key_parse(const char *header, struct idempotency_key *ret)
{
    static const char digest_prefix[] = "sha256-";
    char key[KEY_LENGTH_MAX + 1] = "";
    unsigned char digest[SHA256_BYTES];

    if (!(header[0] == '"' ? unquote(header, key) : copy_bare(header, key))) {
        return false;
    }
    size_t length = strlen(key);
    if (has_card_number(key, length)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (key[i] <= ' ' || key[i] > '~') {
            return false;
        }
    }
    if (length <= KEY_KEPT_LENGTH_MAX) {
        memcpy(ret->text, key, length + 1);
    } else {
        sha256(key, length, digest);
        memcpy(ret->text, digest_prefix, sizeof digest_prefix);
        text_hex(digest, sizeof digest, ret->text + strlen(digest_prefix));
    }
    return length > 0;
}

static struct request_id format_id(const unsigned char bytes[ID_BYTES])
{
    struct request_id id = { .text = "req_" };

    text_hex(bytes, ID_BYTES, id.text + strlen(id.text));
    return id;
}

struct request_id request_id_of(const struct request_name *name)
{
    unsigned char digest[SHA256_BYTES];
    char text[NAME_BYTES_MAX];
    /* Each part's length stands before it, so the parts cannot be cut differently. */
    int length =
        snprintf(text, sizeof text, "%zu %s %zu %s %zu %s %zu %s %zu %s", strlen(name->principal),
                 name->principal, strlen(name->method), name->method, strlen(name->path),
                 name->path, strlen(name->kind), name->kind, strlen(name->name), name->name);

    sha256(text, length < NAME_BYTES_MAX ? (size_t)length : NAME_BYTES_MAX - 1, digest);
    return format_id(digest);
}

struct request_id request_id_mint(void)
{
    unsigned char bytes[ID_BYTES];

    random_bytes(bytes, sizeof bytes);
    return format_id(bytes);
}

bool request_id_is(const char *text)
{
    return strlen(text) == REQUEST_ID_LENGTH && strncmp(text, "req_", 4) == 0 &&
           strspn(text + 4, "0123456789abcdef") == REQUEST_ID_LENGTH - 4;
}

/* The value of "wait=" at the start of a preference, or -1. */
static int64_t read_wait(const char *preference)
{
    char digits[PART_LENGTH_MAX + 1] = "";
    int64_t seconds = 0;

    if (strncasecmp(preference, "wait=", 5) != 0) {
        return -1;
    }
    size_t length = strspn(preference + 5, "0123456789");
    char end = preference[5 + length];
    if (length == 0 || length > PART_LENGTH_MAX || (end != '\0' && strchr(", ;", end) == NULL)) {
        return -1;
    }
    memcpy(digits, preference + 5, length);
    return text_to_int(digits, &seconds) ? seconds : -1;
}

int64_t prefer_wait_s(const char *header)
{
    while (header != NULL && *header != '\0') {
        int64_t seconds = read_wait(header);

        if (seconds >= 0) {
            return seconds < WAIT_S_MAX ? seconds : WAIT_S_MAX;
        }
        header += strcspn(header, ",");
        header += strspn(header, ", ");
    }
    return WAIT_S_DEFAULT;
}
