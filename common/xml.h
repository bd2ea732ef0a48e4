/* xml.h - writes an XML document, element by element, over libxml2: escaped, indented, UTF-8.
 *
 * Names are ours and must be names of XML; texts are valid UTF-8, characters that XML cannot hold become spaces.  What goes wrong is
 * told once, at the end.  Belongs to one thread at a time.
 */
#ifndef KERVAN_COMMON_XML_H
#define KERVAN_COMMON_XML_H

#include <stdbool.h>

struct xml;
struct buffer;

/* NULL when there is no memory, which the calls below take. */
struct xml *xml_new(void);
void xml_open(struct xml *xml, const char *name);
/* Of the element that was opened last, before anything is in it. */
void xml_attribute(struct xml *xml, const char *name, const char *value);
void xml_close(struct xml *xml);
/* An element that holds a text; none where the text is NULL. */
void xml_text(struct xml *xml, const char *name, const char *text);
/* The same with an attribute. */
void xml_text_of(struct xml *xml, const char *name, const char *attribute, const char *value,
                 const char *text);
/* Appends the document, whose elements are all closed, and frees.  False: there was no memory. */
bool xml_end(struct xml *xml, struct buffer *out);

#endif
