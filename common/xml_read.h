/* xml_read.h - reads an XML document of a stranger, element by element, over libxml2.
 *
 * Nothing outside the bytes is looked at: no network, no files; a document type, and so every entity of its own, is refused.
 * Depth and the length of a text are bounded, memory follows from the bytes.  Texts are valid UTF-8.  Belongs to one thread.
 */
#ifndef KERVAN_COMMON_XML_READ_H
#define KERVAN_COMMON_XML_READ_H

#include <stddef.h>
#include <stdint.h>

enum { XML_PATH_BYTES = 512, XML_TEXT_BYTES = 1024, XML_DEPTH_MAX = 32 };

struct xml_read;

enum xml_event {
    XML_OPENS,  /* an element; its attributes may be asked for */
    XML_CLOSES, /* it has its text */
    XML_ENDS,   /* of the document */
    XML_FAILS   /* it is none, or more than is taken */
};

/* The bytes are borrowed until it is freed.  NULL when there is no memory, which xml_read_next takes. */
struct xml_read *xml_read_new(const char *bytes, size_t length);
enum xml_event xml_read_next(struct xml_read *read);
/* Local names from the root on, "/Document/Stmt/Ntry"; at XML_CLOSES with the element itself. */
const char *xml_read_path(const struct xml_read *read);
/* The namespace of the element that was opened last; "" without one. */
const char *xml_read_namespace(const struct xml_read *read);
/* At XML_CLOSES: the text in the element itself, without blanks around it and cut at XML_TEXT_BYTES; borrowed until the next call. */
const char *xml_read_text(const struct xml_read *read);
/* At XML_OPENS: copied into `ret`, cut; "" when there is none. */
void xml_read_attribute(const struct xml_read *read, const char *name, char *ret, size_t size);
/* Where it is, for people: lines count from 1. */
int64_t xml_read_line(const struct xml_read *read);
/* Takes NULL; returns NULL. */
struct xml_read *xml_read_free(struct xml_read *read);

#endif
