/* mail.c - the mailbox: SMTP, and how many different messages it took. */
#define _GNU_SOURCE /* memmem, strcasestr */
#include "tests/bench/outside/loop.h"
#include "tests/bench/outside/map.h"
#include "tests/bench/outside/roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    COMMAND_MAX = 2048,
    LINE_MAX_BYTES = 998,
    RECIPIENTS_MAX = 100,
    BAD_COMMANDS_MAX = 20,
    LOCAL_MAX = 64,
    DOMAIN_MAX = 255
};

#define HOST "mail.standin"

struct session {
    struct stream stream;
    bool greeted, has_sender, in_text;
    int recipients, bad_commands;
    size_t searched; /* of the text that has come */
};

static const struct options *options;
static struct map message_ids;
static struct {
    long messages, recipients_refused;
} counts;

static void reply(struct session *session, const char *text)
{
    text_add_text(&session->stream.out, text);
    text_add_text(&session->stream.out, "\r\n");
}

static void end(struct session *session, const char *text)
{
    reply(session, text);
    session->stream.closing = true;
}

/* One who sends nothing but nonsense is sent away. */
static void bad(struct session *session, const char *text)
{
    if (++session->bad_commands > BAD_COMMANDS_MAX) {
        end(session, "421 4.7.0 too many bad commands");
    } else {
        reply(session, text);
    }
}

static void forget_envelope(struct session *session)
{
    session->has_sender = false;
    session->recipients = 0;
}

/* --- Commands ---------------------------------------------------------------------------------- */

static void on_hello(struct session *session, const char *argument)
{
    if (*argument == '\0') {
        bad(session, "501 5.5.4 EHLO needs a domain or an address literal");
        return;
    }
    session->greeted = true;
    forget_envelope(session);
    text_format(&session->stream.out,
                "250-" HOST "\r\n250-PIPELINING\r\n250-SIZE %ld\r\n250-8BITMIME\r\n"
                "250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n",
                options->size_limit);
}

/* An address between angle brackets, and what follows it; they lie here until the next one is read. */
struct path {
    char text[COMMAND_MAX];
    char *address, *rest;
};

/* What follows `word`; NULL when it is no address. */
static const struct path *path_in(const char *argument, const char *word)
{
    static struct path path;
    size_t length = strlen(word);
    const char *start = argument + length + 1, *stop = strchr(argument, '>');

    if (strncasecmp(argument, word, length) != 0 || argument[length] != '<' || stop == NULL) {
        return NULL;
    }
    (void)snprintf(path.text, sizeof path.text, "%s", start);
    path.text[stop - start] = '\0';
    path.address = path.text;
    path.rest = path.text + (stop - start) + 1;
    const char *at = strrchr(path.address, '@');
    bool sound = at != NULL && at > path.address && at - path.address <= LOCAL_MAX &&
                 at[1] != '\0' && strlen(at + 1) <= DOMAIN_MAX &&
                 strpbrk(path.address, " <\t") == NULL;
    return sound || *path.address == '\0' ? &path : NULL;
}

static const char *refuse_parameters(char *text)
{
    char *rest = text;

    for (char *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        bool size = strncasecmp(word, "SIZE=", 5) == 0;

        if (size && strtol(word + 5, NULL, 10) > options->size_limit) {
            return "552 5.3.4 message is larger than the limit";
        }
        if (!size && strcasecmp(word, "BODY=7BIT") != 0 && strcasecmp(word, "BODY=8BITMIME") != 0 &&
            strcasecmp(word, "SMTPUTF8") != 0) {
            return "555 5.5.4 parameter not recognized";
        }
    }
    return NULL;
}

static void on_mail(struct session *session, const char *argument)
{
    const struct path *sender = path_in(argument, "FROM:");

    if (!session->greeted || session->has_sender) {
        bad(session,
            session->greeted ? "503 5.5.1 nested MAIL command" : "503 5.5.1 send EHLO first");
        return;
    }
    if (sender == NULL) {
        bad(session, "501 5.1.7 syntax: MAIL FROM:<address> [parameters]");
        return;
    }
    const char *problem = refuse_parameters(sender->rest);
    if (problem != NULL) {
        reply(session, problem);
        return;
    }
    session->has_sender = true;
    reply(session, "250 2.1.0 sender ok");
}

static void on_recipient(struct session *session, const char *argument)
{
    const struct path *recipient = path_in(argument, "TO:");
    const char *problem = NULL;

    if (!session->has_sender) {
        bad(session, "503 5.5.1 send MAIL first");
        return;
    }
    if (recipient == NULL || *recipient->address == '\0' || *recipient->rest != '\0') {
        bad(session, "501 5.1.3 syntax: RCPT TO:<address>");
        return;
    }
    if (strncmp(recipient->address, "unknown", 7) == 0) {
        problem = "550 5.1.1 no such mailbox";
    } else if (strncmp(recipient->address, "full", 4) == 0) {
        problem = "452 4.2.2 mailbox is full";
    } else if (session->recipients == RECIPIENTS_MAX) {
        problem = "452 4.5.3 too many recipients";
    }
    if (problem != NULL) {
        counts.recipients_refused++;
        reply(session, problem);
        return;
    }
    session->recipients++;
    reply(session, "250 2.1.5 recipient ok");
}

static void on_data(struct session *session, const char *argument)
{
    if (*argument != '\0') {
        bad(session, "501 5.5.4 DATA takes no argument");
    } else if (session->recipients == 0) {
        bad(session,
            session->has_sender ? "554 5.5.1 no valid recipients" : "503 5.5.1 send MAIL first");
    } else {
        session->in_text = true;
        session->searched = 0;
        reply(session, "354 end with <CRLF>.<CRLF>");
    }
}

static void on_reset(struct session *session, const char *argument)
{
    (void)argument;
    forget_envelope(session);
    reply(session, "250 2.0.0 ok");
}

static void on_nothing(struct session *session, const char *argument)
{
    (void)argument;
    reply(session, "250 2.0.0 ok");
}

static void on_quit(struct session *session, const char *argument)
{
    (void)argument;
    end(session, "221 2.0.0 bye");
}

static void command(struct session *session, char *line)
{
    static const struct {
        const char *verb;
        void (*act)(struct session *session, const char *argument);
    } commands[] = { { "EHLO", on_hello },     { "HELO", on_hello }, { "MAIL", on_mail },
                     { "RCPT", on_recipient }, { "DATA", on_data },  { "RSET", on_reset },
                     { "NOOP", on_nothing },   { "QUIT", on_quit } };
    size_t length = strcspn(line, " ");
    char *argument = line[length] == ' ' ? line + length + 1 : line + length;

    line[length] = '\0';
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcasecmp(line, commands[i].verb) == 0) {
            commands[i].act(session, argument);
            return;
        }
    }
    bad(session, "500 5.5.1 command not recognized");
}

/* --- Texts ------------------------------------------------------------------------------------- */

/* Lines that end with CRLF, of at most LINE_MAX_BYTES, with no other CR or LF and no NUL. */
static const char *refuse_text(const char *text, size_t length)
{
    const char *last = text + length;

    if (memchr(text, '\0', length) != NULL) {
        return "554 5.6.0 text has a bare CR or LF, or a NUL";
    }
    for (const char *line = text; line < last;) {
        const char *stop = memchr(line, '\r', (size_t)(last - line));

        if (stop == NULL || stop + 1 == last || stop[1] != '\n' ||
            memchr(line, '\n', (size_t)(stop - line)) != NULL) {
            return "554 5.6.0 text has a bare CR or LF, or a NUL";
        }
        if (stop - line > LINE_MAX_BYTES + (*line == '.')) {
            return "554 5.6.0 text has a line of more than 998 bytes";
        }
        line = stop + 2;
    }
    return NULL;
}

/* A header's value, past blanks and one fold. */
static const char *value_at(const char *at)
{
    at += strspn(at, " \t");
    return *at == '\r' ? at + 2 + strspn(at + 2, " \t") : at;
}

/* The value of the header Message-ID; its length is 0 when there is none.  The text has sound lines. */
static size_t message_id_in(const char *text, size_t length, const char **ret)
{
    static const char name[] = "Message-ID:";
    const char *line = text;

    while (line + 2 < text + length && *line != '\r') {
        if (strncasecmp(line, name, sizeof name - 1) == 0) {
            *ret = value_at(line + sizeof name - 1);
            return strcspn(*ret, "\r");
        }
        line = strchr(line, '\r') + 2;
    }
    return 0;
}

static void take_text(struct session *session, const char *text, size_t length)
{
    const char *problem = refuse_text(text, length), *id = "";

    session->in_text = false;
    forget_envelope(session);
    if (problem == NULL && length > (size_t)options->size_limit) {
        problem = "552 5.3.4 message is larger than the limit";
    }
    if (problem != NULL) {
        reply(session, problem);
        return;
    }
    size_t id_length = message_id_in(text, length, &id);
    counts.messages++;
    if (map_find(&message_ids, id, id_length) == NULL) {
        map_put(&message_ids, keep_bytes(id, id_length), id_length, &message_ids);
    }
    text_format(&session->stream.out, "250 2.0.0 accepted as %ld\r\n", counts.messages);
}

/* A text up to its final dot; 0 when that has not come. */
static size_t take_until_dot(struct session *session, const char *bytes, size_t length)
{
    static const char dot[] = "\r\n.\r\n";
    size_t from = session->searched > sizeof dot ? session->searched - sizeof dot : 0;

    if (length >= 3 && memcmp(bytes, dot + 2, 3) == 0) {
        take_text(session, bytes, 0);
        return 3;
    }
    const char *found = memmem(bytes + from, length - from, dot, sizeof dot - 1);
    if (found == NULL) {
        session->searched = length;
        return 0;
    }
    take_text(session, bytes, (size_t)(found - bytes) + 2);
    return (size_t)(found - bytes) + sizeof dot - 1;
}

static size_t take_command(struct session *session, char *bytes, size_t length)
{
    char *stop = memchr(bytes, '\n', length);

    if (stop == NULL) {
        if (length > COMMAND_MAX) {
            end(session, "500 5.5.6 line too long");
        }
        return 0;
    }
    size_t taken = (size_t)(stop - bytes) + 1;
    if (taken < 2 || taken > COMMAND_MAX || stop[-1] != '\r' ||
        memchr(bytes, '\0', taken) != NULL) {
        bad(session, "500 5.5.2 a command ends with CRLF and has no NUL and at most 2048 bytes");
    } else {
        stop[-1] = '\0';
        command(session, bytes);
    }
    return taken;
}

static size_t take(struct stream *stream, char *bytes, size_t length)
{
    struct session *session = (struct session *)stream;
    size_t taken = 0, more = 1;

    while (taken < length && more > 0 && !stream->closing) {
        more = session->in_text ? take_until_dot(session, bytes + taken, length - taken)
                                : take_command(session, bytes + taken, length - taken);
        taken += more;
    }
    return taken;
}

static void greet(struct stream *stream)
{
    reply((struct session *)stream, "220 " HOST " ESMTP stand-in");
}

/* --- Books ------------------------------------------------------------------------------------- */

static void serve(const struct request *request, struct answer *answer)
{
    bool books = strcmp(request->path, "/_books") == 0;

    if (!books && strcmp(request->path, "/count") != 0) {
        (void)own_pages(request, answer, "mail");
        return;
    }
    /* No fault ever refuses a sender or a text here. */
    text_format(
        answer->body,
        "%s{\"count\":%ld,\"distinct_message_ids\":%zu,\"refused\":{\"sender\":0,\"recipient\":%ld,"
        "\"data\":0}}%s\n",
        books ? "{\"standin\":\"mail\",\"totals\":" : "", counts.messages, message_ids.count,
        counts.recipients_refused, books ? "}" : "");
}

bool mail_start(struct options *given)
{
    static const struct stream_kind kind = { .size = sizeof(struct session),
                                             .open = greet,
                                             .take = take };

    options = given;
    int smtp_port = loop_listen(given->host, (int)given->smtp_port, &kind);
    int port = http_listen(given->host, (int)given->port, serve);

    return smtp_port > 0 && port > 0 &&
           printf("listening smtp://%s:%d http://%s:%d\n", given->host, smtp_port, given->host,
                  port) > 0;
}
