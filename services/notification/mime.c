/* mime.c - a mail's headers and its two parts, each in the form that every mail program reads. */
#include "services/notification/mime.h"

#include "common/buffer.h"
#include "common/instant.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    LINE_MAX = 76,
    PLAIN_MAX = 50, /* longer texts become encoded words, which can be folded anywhere */
    LOCAL_MAX = 64,
    ADDRESS_MAX = 254,
    LABEL_MAX = 63,
    MS_A_DAY = 86400000
};

#define WORD_START "=?UTF-8?B?"
#define WORD_END   "?="
/* In the outer boundary of a mail with files; no id begins with a dot. */
#define FILES ".files."

static bool is_alphanumeric(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

/* One or more characters of which each is alphanumeric or among `others`, dots only between them. */
static bool is_dotted(const char *text, size_t length, const char *others)
{
    for (size_t i = 0; i < length; i++) {
        bool dot = text[i] == '.' && i > 0 && i + 1 < length && text[i - 1] != '.';

        if (!dot && !is_alphanumeric(text[i]) &&
            (text[i] == '\0' || strchr(others, text[i]) == NULL)) {
            return false;
        }
    }
    return length > 0;
}

static bool is_domain(const char *text)
{
    const char *label = text;

    while (label != NULL) {
        size_t length = strcspn(label, ".");

        if (length == 0 || length > LABEL_MAX || label[0] == '-' || label[length - 1] == '-') {
            return false;
        }
        label = label[length] == '.' ? label + length + 1 : NULL;
    }
    return is_dotted(text, strlen(text), "-");
}

bool mime_is_address(const char *text)
{
    const char *at = strchr(text, '@');
    size_t local_length = at == NULL ? 0 : (size_t)(at - text);

    return at != NULL && local_length <= LOCAL_MAX && strlen(text) <= ADDRESS_MAX &&
           is_dotted(text, local_length, "!#$%&'*+-/=?^_`{|}~") && is_domain(at + 1);
}

bool mime_is_id(const char *text)
{
    size_t length = strlen(text);

    return length <= MIME_ID_LENGTH_MAX && is_dotted(text, length, "-_");
}

/* --- Headers ----------------------------------------------------------------------------------- */

/* A header under way; `column` is how long its last line is. */
struct header {
    struct buffer *out;
    size_t column;
};

static struct header begin_header(struct buffer *out, const char *name)
{
    buffer_append_text(out, name);
    buffer_append_text(out, ":");
    return (struct header){ .out = out, .column = strlen(name) + 1 };
}

/* Text that is not taken apart, behind a space, or on the next line when it does not fit. */
static void add_whole(struct header *header, const char *text)
{
    size_t length = strlen(text);

    if (header->column + 1 + length > LINE_MAX) {
        buffer_append_text(header->out, "\r\n");
        header->column = 0;
    }
    buffer_append_text(header->out, " ");
    buffer_append(header->out, text, length);
    header->column += 1 + length;
}

static void end_header(struct header *header)
{
    buffer_append_text(header->out, "\r\n");
}

static void add_simple(struct buffer *out, const char *name, const char *value)
{
    struct header header = begin_header(out, name);

    add_whole(&header, value);
    end_header(&header);
}

static bool is_plain(const char *text)
{
    size_t length = 0;

    while (text[length] >= ' ' && text[length] <= '~') {
        length++;
    }
    return text[length] == '\0' && length <= PLAIN_MAX && strstr(text, "=?") == NULL;
}

/* So many bytes of the text go into a word of at most `bytes_max`: whole characters, where it is UTF-8. */
static size_t word_bytes(const char *text, size_t bytes_max)
{
    size_t length = strlen(text);

    if (length <= bytes_max) {
        return length;
    }
    length = bytes_max;
    while (length > bytes_max - 3 && ((unsigned char)text[length] & 0xC0U) == 0x80U) {
        length--;
    }
    return length;
}

static unsigned char clean(char character)
{
    unsigned char byte = (unsigned char)character;

    return byte < ' ' || byte == 0x7F ? ' ' : byte;
}

static void append_base64(struct buffer *out, const char *text, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < length; i += 3) {
        unsigned second = i + 1 < length ? clean(text[i + 1]) : 0U;
        unsigned third = i + 2 < length ? clean(text[i + 2]) : 0U;
        unsigned group = (unsigned)clean(text[i]) << 16 | second << 8 | third;
        char four[4] = { digits[group >> 18], digits[group >> 12 & 63U], digits[group >> 6 & 63U],
                         digits[group & 63U] };

        if (i + 1 >= length) {
            four[2] = '=';
        }
        if (i + 2 >= length) {
            four[3] = '=';
        }
        buffer_append(out, four, sizeof four);
    }
}

/* Each word stands on a line that it fills as far as it can. */
static void add_encoded(struct header *header, const char *text)
{
    const size_t frame = strlen(WORD_START WORD_END);

    while (*text != '\0') {
        size_t room = LINE_MAX - 1 - frame;

        if (header->column + 1 + frame + 12 > LINE_MAX) {
            buffer_append_text(header->out, "\r\n");
            header->column = 0;
        }
        room -= header->column;
        size_t length = word_bytes(text, room / 4 * 3);
        buffer_append_text(header->out, " " WORD_START);
        append_base64(header->out, text, length);
        buffer_append_text(header->out, WORD_END);
        header->column += 1 + frame + (length + 2) / 3 * 4;
        text += length;
    }
}

static void add_quoted(struct header *header, const char *text)
{
    char quoted[2 * PLAIN_MAX + 3];
    size_t length = 0;

    quoted[length++] = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            quoted[length++] = '\\';
        }
        quoted[length++] = *text;
    }
    quoted[length++] = '"';
    quoted[length] = '\0';
    add_whole(header, quoted);
}

static void add_mailbox(struct buffer *out, const char *name, const struct mime_mailbox *mailbox)
{
    struct header header = begin_header(out, name);
    char address[ADDRESS_MAX + 3];

    assert(mime_is_address(mailbox->address));
    if (mailbox->name != NULL && mailbox->name[0] != '\0') {
        if (is_plain(mailbox->name)) {
            add_quoted(&header, mailbox->name);
        } else {
            add_encoded(&header, mailbox->name);
        }
    }
    (void)snprintf(address, sizeof address, "<%s>", mailbox->address);
    add_whole(&header, address);
    end_header(&header);
}

static void add_subject(struct buffer *out, const char *subject)
{
    struct header header = begin_header(out, "Subject");

    if (is_plain(subject)) {
        add_whole(&header, subject);
    } else {
        add_encoded(&header, subject);
    }
    end_header(&header);
}

/* "Sun, 01 Mar 2026 09:30:00 +0000" */
static void add_date(struct buffer *out, int64_t date)
{
    static const char days[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct instant_text instant = instant_format(date);
    const char *text = instant.text;
    int month = (text[5] - '0') * 10 + (text[6] - '0');
    char value[40];

    (void)snprintf(value, sizeof value, "%s, %.2s %s %.4s %.8s +0000", days[date / MS_A_DAY % 7],
                   text + 8, months[month - 1], text, text + 11);
    add_simple(out, "Date", value);
}

static void add_message_id(struct buffer *out, const struct mime_mail *mail)
{
    struct header header = begin_header(out, "Message-ID");
    char id[MIME_ID_LENGTH_MAX + ADDRESS_MAX + 4];

    (void)snprintf(id, sizeof id, "<%s%s>", mail->id, strchr(mail->from.address, '@'));
    add_whole(&header, id);
    end_header(&header);
}

/* --- Parts ------------------------------------------------------------------------------------- */

static bool is_literal(const char *at)
{
    bool last = at[1] == '\n' || at[1] == '\0';

    return (*at > ' ' && *at <= '~' && *at != '=') || ((*at == ' ' || *at == '\t') && !last);
}

/* One line of text, taken apart where it is longer than a line may be. */
static void append_quoted_line(struct buffer *out, const char *line, const char *end)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t column = 0;

    while (line < end) {
        size_t run = 0;

        while (line + run < end && column + run < LINE_MAX - 1 && is_literal(line + run)) {
            run++;
        }
        buffer_append(out, line, run);
        column += run;
        line += run;
        if (line < end && (column + 3 > LINE_MAX - 1 || is_literal(line))) {
            buffer_append_text(out, "=\r\n");
            column = 0;
        } else if (line < end) {
            unsigned char byte = (unsigned char)*line;
            char three[3] = { '=', digits[byte >> 4], digits[byte & 15U] };

            buffer_append(out, three, sizeof three);
            column += 3;
            line++;
        }
    }
}

static void append_quoted_printable(struct buffer *out, const char *text)
{
    while (*text != '\0') {
        const char *end = text + strcspn(text, "\n");

        append_quoted_line(out, text, end);
        buffer_append_text(out, "\r\n");
        text = *end == '\n' ? end + 1 : end;
    }
}

static void append_part(struct buffer *out, const struct mime_mail *mail, const char *type,
                        const char *text)
{
    buffer_append_text(out, "--=_");
    buffer_append_text(out, mail->id);
    buffer_append_text(out, "\r\n");
    add_simple(out, "Content-Type", type);
    add_simple(out, "Content-Transfer-Encoding", "quoted-printable");
    add_simple(out, "Content-Language", mail->language);
    buffer_append_text(out, "\r\n");
    append_quoted_printable(out, text);
}

/* "=_" is nothing that quoted-printable text or base64 can contain, so no part contains the boundary. */
static void add_multipart(struct buffer *out, const char *type, const char *mark,
                          const struct mime_mail *mail)
{
    struct header header = begin_header(out, "Content-Type");
    char boundary[MIME_ID_LENGTH_MAX + 20];

    (void)snprintf(boundary, sizeof boundary, "boundary=\"=_%s%s\"", mark, mail->id);
    add_whole(&header, type);
    add_whole(&header, boundary);
    end_header(&header);
}

/* Between parts, and with "--" behind the last one. */
static void append_boundary(struct buffer *out, const char *mark, const struct mime_mail *mail,
                            const char *end)
{
    buffer_append_text(out, "--=_");
    buffer_append_text(out, mark);
    buffer_append_text(out, mail->id);
    buffer_append_text(out, end);
    buffer_append_text(out, "\r\n");
}

static void append_alternative(struct buffer *out, const struct mime_mail *mail)
{
    add_multipart(out, "multipart/alternative;", "", mail);
    buffer_append_text(out, "\r\n");
    append_part(out, mail, "text/plain; charset=UTF-8", mail->text);
    append_part(out, mail, "text/html; charset=UTF-8", mail->html);
    append_boundary(out, "", mail, "--");
}

static void add_file_header(struct buffer *out, const char *name, const char *value,
                            const char *parameter, const char *file)
{
    struct header header = begin_header(out, name);
    char named[PLAIN_MAX * 2];

    (void)snprintf(named, sizeof named, "%s=\"%.64s\"", parameter, file);
    buffer_append_text(out, " ");
    buffer_append_text(out, value);
    buffer_append_text(out, ";");
    header.column = LINE_MAX; /* the name stands on a line of its own */
    add_whole(&header, named);
    end_header(&header);
}

static void append_attachment(struct buffer *out, const struct mime_mail *mail,
                              const struct mime_attachment *file)
{
    size_t length = strlen(file->base64);

    append_boundary(out, FILES, mail, "");
    add_file_header(out, "Content-Type", file->media_type, "name", file->name);
    add_simple(out, "Content-Transfer-Encoding", "base64");
    add_file_header(out, "Content-Disposition", "attachment", "filename", file->name);
    buffer_append_text(out, "\r\n");
    for (size_t at = 0; at < length; at += LINE_MAX) {
        buffer_append(out, file->base64 + at, length - at < LINE_MAX ? length - at : LINE_MAX);
        buffer_append_text(out, "\r\n");
    }
}

void mime_write(struct buffer *out, const struct mime_mail *mail)
{
    assert(mime_is_id(mail->id));
    add_date(out, mail->date);
    add_mailbox(out, "From", &mail->from);
    add_mailbox(out, "To", &mail->to);
    add_subject(out, mail->subject);
    add_message_id(out, mail);
    add_simple(out, "MIME-Version", "1.0");
    add_simple(out, "Auto-Submitted", "auto-generated");
    add_simple(out, "Content-Language", mail->language);
    if (mail->attachment_count == 0) {
        append_alternative(out, mail);
        return;
    }
    add_multipart(out, "multipart/mixed;", FILES, mail);
    buffer_append_text(out, "\r\n");
    append_boundary(out, FILES, mail, "");
    append_alternative(out, mail);
    for (size_t i = 0; i < mail->attachment_count; i++) {
        append_attachment(out, mail, &mail->attachments[i]);
    }
    append_boundary(out, FILES, mail, "--");
}
