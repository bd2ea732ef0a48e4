/* xml_read.c - the pull reader of libxml2, with everything turned off that reaches beyond the bytes. */
#include "common/xml_read.h"

#include <libxml/xmlreader.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct xml_read {
    xmlTextReaderPtr reader;
    char path[XML_PATH_BYTES];
    char text[XML_TEXT_BYTES + 1];
    size_t path_length, text_length, depth;
    bool closes_next; /* an empty element: it was opened, and has no end of its own */
    bool closed;      /* the last event closed an element, whose name is still on the path */
};

/* Without a word of libxml2's own on standard error. */
static void keep_quiet(void *context, const char *message, xmlParserSeverities severity,
                       xmlTextReaderLocatorPtr locator)
{
    (void)context;
    (void)message;
    (void)severity;
    (void)locator;
}

struct xml_read *xml_read_new(const char *bytes, size_t length)
{
    struct xml_read *read = length > INT_MAX ? NULL : calloc(1, sizeof *read);

    if (read == NULL) {
        return NULL;
    }
    read->reader = xmlReaderForMemory(bytes, (int)length, NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                          XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    if (read->reader == NULL) {
        return xml_read_free(read);
    }
    xmlTextReaderSetErrorHandler(read->reader, keep_quiet, NULL);
    return read;
}

/* --- The path ------------------------------------------------------------------------------------ */

static const char *local_name(const struct xml_read *read)
{
    return (const char *)xmlTextReaderConstLocalName(read->reader);
}

/* False when it is too deep, or too long. */
static bool enter(struct xml_read *read)
{
    const char *name = local_name(read);
    size_t length = name == NULL ? 0 : strlen(name);

    if (length == 0 || read->depth == XML_DEPTH_MAX ||
        read->path_length + length + 2 > sizeof read->path) {
        return false;
    }
    read->path[read->path_length++] = '/';
    memcpy(read->path + read->path_length, name, length + 1);
    read->path_length += length;
    read->depth++;
    read->text_length = 0;
    return true;
}

static void leave(struct xml_read *read)
{
    while (read->path_length > 0 && read->path[read->path_length] != '/') {
        read->path_length--;
    }
    read->path[read->path_length] = '\0';
    read->depth--;
    read->text_length = 0; /* what stands around children is no text of ours */
}

/* --- Texts --------------------------------------------------------------------------------------- */

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

static void add_text(struct xml_read *read)
{
    const char *text = (const char *)xmlTextReaderConstValue(read->reader);
    size_t left = XML_TEXT_BYTES - read->text_length;
    size_t length = text == NULL ? 0 : strlen(text);

    if (length > left) {
        length = left;
    }
    if (length > 0) {
        memcpy(read->text + read->text_length, text, length);
        read->text_length += length;
    }
}

/* Not within a character, where it was cut. */
static void end_text(struct xml_read *read)
{
    if (read->text_length == XML_TEXT_BYTES) {
        while (read->text_length > 0 &&
               ((unsigned char)read->text[read->text_length - 1] & 0xc0) == 0x80) {
            read->text_length--;
        }
        if (read->text_length > 0 && (unsigned char)read->text[read->text_length - 1] >= 0xc0) {
            read->text_length--;
        }
    }
    while (read->text_length > 0 && is_blank(read->text[read->text_length - 1])) {
        read->text_length--;
    }
    read->text[read->text_length] = '\0';
}

const char *xml_read_text(const struct xml_read *read)
{
    return read->text + strspn(read->text, " \t\r\n");
}

/* --- Events -------------------------------------------------------------------------------------- */

static enum xml_event close_element(struct xml_read *read)
{
    end_text(read);
    read->closes_next = false;
    read->closed = true;
    return XML_CLOSES;
}

/* What one node means; XML_ENDS: nothing yet. */
static enum xml_event event_of(struct xml_read *read)
{
    switch (xmlTextReaderNodeType(read->reader)) {
    case XML_READER_TYPE_ELEMENT:
        read->closes_next = xmlTextReaderIsEmptyElement(read->reader) == 1;
        return enter(read) ? XML_OPENS : XML_FAILS;
    case XML_READER_TYPE_END_ELEMENT:
        return close_element(read);
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        add_text(read);
        return XML_ENDS;
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
    case XML_READER_TYPE_ENTITY:
        return XML_FAILS;
    default: /* comments, instructions, blanks */
        return XML_ENDS;
    }
}

enum xml_event xml_read_next(struct xml_read *read)
{
    if (read == NULL) {
        return XML_FAILS;
    }
    if (read->closes_next) {
        return close_element(read);
    }
    if (read->closed) {
        leave(read);
        read->closed = false;
    }
    int more = 0;

    while ((more = xmlTextReaderRead(read->reader)) == 1) { /* each takes some of the bytes */
        enum xml_event event = event_of(read);

        if (event != XML_ENDS) {
            return event;
        }
    }
    return more == 0 ? XML_ENDS : XML_FAILS;
}

const char *xml_read_path(const struct xml_read *read)
{
    return read->path;
}

const char *xml_read_namespace(const struct xml_read *read)
{
    const char *name = (const char *)xmlTextReaderConstNamespaceUri(read->reader);

    return name == NULL ? "" : name;
}

void xml_read_attribute(const struct xml_read *read, const char *name, char *ret, size_t size)
{
    xmlChar *value = xmlTextReaderGetAttribute(read->reader, (const xmlChar *)name);
    size_t length = value == NULL ? 0 : strnlen((const char *)value, size - 1);

    memcpy(ret, value == NULL ? "" : (const char *)value, length);
    ret[length] = '\0';
    xmlFree(value);
}

int64_t xml_read_line(const struct xml_read *read)
{
    return read == NULL ? 0 : xmlTextReaderGetParserLineNumber(read->reader);
}

struct xml_read *xml_read_free(struct xml_read *read)
{
    if (read != NULL) {
        xmlFreeTextReader(read->reader);
        free(read);
    }
    return NULL;
}
