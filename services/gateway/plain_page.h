/* plain_page.h - pages for people who came by a secret link: no script, nothing that is loaded, nothing that tells where they came from. */
#ifndef KERVAN_GATEWAY_PLAIN_PAGE_H
#define KERVAN_GATEWAY_PLAIN_PAGE_H

#include "services/gateway/language.h"

struct buffer;
struct http_answer;

struct plain_page {
    enum language language;
    const char *title;
    int status;
};

/* Whatever was answered before is gone: a problem may stand there, in words for programs. */
void plain_page_begin(struct http_answer *answer, const struct plain_page *page);
void plain_page_end(struct http_answer *answer);
/* Fit for text and for attributes in double quotes. */
void plain_page_escaped(struct buffer *body, const char *text);
/* <name>text</name> */
void plain_page_element(struct buffer *body, const char *name, const char *text);

#endif
