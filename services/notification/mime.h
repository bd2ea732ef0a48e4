/* mime.h - writes a mail as bytes: RFC 5322 headers, multipart/alternative, quoted-printable, and files beside it.
 *
 * What goes into a header cannot leave it: control characters become spaces, names and subjects that
 * are not short plain ASCII become encoded words (RFC 2047), addresses are checked.  The same input
 * gives the same bytes.  Dots at the start of a line are the business of SMTP.  Pure, thread-safe.
 */
#ifndef KERVAN_NOTIFICATION_MIME_H
#define KERVAN_NOTIFICATION_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

enum { MIME_ID_LENGTH_MAX = 60 };

struct mime_mailbox {
    const char *name;    /* UTF-8; NULL or "": the address alone */
    const char *address; /* mime_is_address */
};

/* A file that goes with a mail; what it is named and what it is are plain ASCII without quotes. */
struct mime_attachment {
    const char *name, *media_type;
    const char *base64; /* its bytes (RFC 4648 part 4), in one line */
};

struct mime_mail {
    struct mime_mailbox from, to;
    const char *subject;  /* UTF-8 */
    const char *id;       /* what Message-ID says before its @, and what the boundary is made of */
    int64_t date;         /* ms since 1970, up to the year 9999 */
    const char *language; /* "en" */
    const char *text, *html; /* UTF-8, lines ended by LF */
    const struct mime_attachment *attachments;
    size_t attachment_count;
};

/* An address as it may stand in a header and in a command of SMTP: ASCII, a local part without quotes, a domain of
 * letters, digits and hyphens. */
bool mime_is_address(const char *text);
/* Letters, digits, "-", "_" and single dots, at most MIME_ID_LENGTH_MAX. */
bool mime_is_id(const char *text);

/* Lines end with CR LF.  Message-ID has the domain of `from`. */
void mime_write(struct buffer *out, const struct mime_mail *mail);

#endif
