/* xml.c - one element after the other into a buffer of libxml2. */
#include "common/xml.h"

#include "common/buffer.h"

#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

struct xml {
    xmlBufferPtr bytes;
    xmlTextWriterPtr writer;
    bool failed;
};

/* libxml2 has texts of unsigned bytes. */
static const xmlChar *octets(const char *text)
{
    return (const xmlChar *)text;
}

static void note(struct xml *xml, int written)
{
    xml->failed = xml->failed || written < 0;
}

struct xml *xml_new(void)
{
    struct xml *xml = calloc(1, sizeof *xml);

    if (xml == NULL) {
        return NULL;
    }
    xml->bytes = xmlBufferCreate();
    xml->writer = xml->bytes == NULL ? NULL : xmlNewTextWriterMemory(xml->bytes, 0);
    xml->failed = xml->writer == NULL;
    if (!xml->failed) {
        note(xml, xmlTextWriterSetIndent(xml->writer, 1));
        note(xml, xmlTextWriterStartDocument(xml->writer, "1.0", "UTF-8", NULL));
    }
    return xml;
}

static bool goes_on(const struct xml *xml)
{
    return xml != NULL && !xml->failed;
}

void xml_open(struct xml *xml, const char *name)
{
    if (goes_on(xml)) {
        note(xml, xmlTextWriterStartElement(xml->writer, octets(name)));
    }
}

void xml_close(struct xml *xml)
{
    if (goes_on(xml)) {
        note(xml, xmlTextWriterEndElement(xml->writer));
    }
}

static bool is_held(unsigned char byte)
{
    return byte >= ' ' || byte == '\t' || byte == '\n';
}

/* What XML 1.0 has no way to say becomes a space. */
static xmlChar *cleaned(struct xml *xml, const char *text)
{
    xmlChar *copy = xmlStrdup(octets(text));

    xml->failed = xml->failed || copy == NULL;
    for (size_t i = 0; copy != NULL && copy[i] != '\0'; i++) {
        copy[i] = is_held(copy[i]) ? copy[i] : ' ';
    }
    return copy;
}

void xml_attribute(struct xml *xml, const char *name, const char *value)
{
    if (goes_on(xml)) {
        xmlChar *clean = cleaned(xml, value);

        note(xml,
             clean == NULL ? -1 : xmlTextWriterWriteAttribute(xml->writer, octets(name), clean));
        xmlFree(clean);
    }
}

static void write_text(struct xml *xml, const char *text)
{
    if (goes_on(xml)) {
        xmlChar *clean = cleaned(xml, text);

        note(xml, clean == NULL ? -1 : xmlTextWriterWriteString(xml->writer, clean));
        xmlFree(clean);
    }
}

void xml_text(struct xml *xml, const char *name, const char *text)
{
    if (text != NULL) {
        xml_open(xml, name);
        write_text(xml, text);
        xml_close(xml);
    }
}

void xml_text_of(struct xml *xml, const char *name, const char *attribute, const char *value,
                 const char *text)
{
    if (text != NULL) {
        xml_open(xml, name);
        xml_attribute(xml, attribute, value);
        write_text(xml, text);
        xml_close(xml);
    }
}

bool xml_end(struct xml *xml, struct buffer *out)
{
    if (xml == NULL) {
        return false;
    }
    if (!xml->failed) {
        note(xml, xmlTextWriterEndDocument(xml->writer));
    }
    /* What is written lies in the buffer for sure once the writer is gone. */
    if (xml->writer != NULL) {
        xmlFreeTextWriter(xml->writer);
    }
    bool whole = !xml->failed;
    if (whole) {
        buffer_append(out, xmlBufferContent(xml->bytes), (size_t)xmlBufferLength(xml->bytes));
    }
    xmlBufferFree(xml->bytes);
    free(xml);
    return whole;
}
