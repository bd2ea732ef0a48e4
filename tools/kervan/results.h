/* results.h - the file of results of `kervan orders import`: a line for each line that was answered, in their order.
 *
 * It says where an import stopped: what it holds is done, and what an interruption cut is dropped.
 */
#ifndef KERVAN_TOOLS_KERVAN_RESULTS_H
#define KERVAN_TOOLS_KERVAN_RESULTS_H

#include "common/err.h"

#include <stdint.h>
#include <stdio.h>

struct bulk_result;

struct results {
    FILE *file;
    int64_t last_line; /* that is answered; 0: none */
    int64_t made, known, waiting, refused;
};

/* Opens what is there, reads how far it goes, and goes on behind it. */
enum err results_open(struct ctx *ctx, const char *path, struct results *ret) MUST_USE;
/* `text` has no end of line. */
void results_add(struct results *results, const struct bulk_result *result, const char *text,
                 size_t length);
/* ERR_FATAL when it may not be written down. */
enum err results_flush(struct ctx *ctx, struct results *results) MUST_USE;
void results_close(struct results *results);

#endif
