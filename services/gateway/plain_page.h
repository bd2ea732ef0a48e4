/* plain_page.h - pages for people who came by a secret link: no script, nothing that is loaded, nothing that tells where they came from. */
#ifndef KERVAN_GATEWAY_PLAIN_PAGE_H
#define KERVAN_GATEWAY_PLAIN_PAGE_H

#include "services/gateway/language.h"
#include "services/gateway/problems.h"

struct buffer;
struct http_answer;

struct plain_page {
    enum language language;
    const char *title;
    int status;
};

/* What every such page may have to say, in the page's language. */
struct plain_words {
    const char *expired, *hurry, *away; /* for problems */
    const char *received; /* an answer is here, and what comes of it is not known yet */
};
extern const struct plain_words plain_words[LANGUAGE_COUNT];

/* Whatever was answered before is gone: a problem may stand there, in words for programs. */
void plain_page_begin(struct http_answer *answer, const struct plain_page *page);
void plain_page_end(struct http_answer *answer);
/* A whole page of one paragraph. */
void plain_page_say(struct http_answer *answer, const struct plain_page *page, const char *text);
/* The same of a problem, with its status; `unknown` is said where the link leads nowhere. */
void plain_page_problem(struct http_answer *answer, const struct plain_page *page,
                        enum problem_kind kind, const char *unknown);
/* Fit for text and for attributes in double quotes. */
void plain_page_escaped(struct buffer *body, const char *text);
/* <name>text</name> */
void plain_page_element(struct buffer *body, const char *name, const char *text);

#endif
