/* http_head.c - looks at each header as the library read it, before it makes a map of them. */
#include "common/http_head.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <ulfius.h>

struct head {
    size_t hosts, lengths, codings;
    const char *fault;
};

/* RFC 9110, 5.6.2 */
static bool is_token(const char *text)
{
    static const char characters[] = "!#$%&'*+-.^_`|~0123456789"
                                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return text[0] != '\0' && text[strspn(text, characters)] == '\0';
}

static bool has_control(const char *text)
{
    for (; *text != '\0'; text++) {
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return true;
    }
    return false;
}

static bool is_number(const char *text)
{
    size_t length = strspn(text, "0123456789");

    return length > 0 && text[length] == '\0';
}

static const char *fault_of(struct head *head, const char *name, const char *value)
{
    if (strcasecmp(name, "Host") == 0 && ++head->hosts > 1)
        return "the host is given in more than one way";
    if (strcasecmp(name, "Content-Length") == 0 && (++head->lengths > 1 || !is_number(value)))
        return "the length of the body is given in more than one way, or not as a number";
    if (strcasecmp(name, "Transfer-Encoding") == 0 &&
        (++head->codings > 1 || strcasecmp(value, "chunked") != 0))
        return "a body comes plain or in chunks";
    return NULL;
}

static enum MHD_Result look(void *argument, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    struct head *head = argument;
    const char *text = value == NULL ? "" : value;

    (void)kind;
    if (!is_token(name)) {
        head->fault = "a header's name is not a word";
    } else if (has_control(text)) {
        head->fault = "a header holds a control character";
    } else {
        head->fault = fault_of(head, name, text);
    }
    return head->fault == NULL ? MHD_YES : MHD_NO;
}

const char *http_head_fault(struct MHD_Connection *connection)
{
    struct head head = { .fault = NULL };

    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, look, &head);
    if (head.fault == NULL && head.lengths > 0 && head.codings > 0)
        return "the length of the body is given in more than one way";
    return head.fault;
}
