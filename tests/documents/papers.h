/* papers.h - the program around a service's maker of documents: a JSON a line in, what is made of it, or why nothing is, a line out. */
#ifndef KERVAN_TESTS_DOCUMENTS_PAPERS_H
#define KERVAN_TESTS_DOCUMENTS_PAPERS_H

#include "common/err.h"

#include <stddef.h>

struct buffer;
struct outside_request;

struct papers {
    const char *path; /* that the maker is asked at */
    enum err (*make)(struct ctx *ctx, const struct outside_request *request, struct buffer *answer);
    size_t answer_bytes_max, arena_bytes_max;
};

/* Until the end of its input; the program's exit status. */
int papers_run(const struct papers *papers);

#endif
