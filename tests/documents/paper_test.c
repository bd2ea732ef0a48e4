/* paper_test.c - makes documents for documents_test.py, which judges them; no test by itself.
 *
 *     build/dev/documents/paper_test <papers >made
 *
 * A line in is the JSON of an inventory.purchase_paper; a line out is the inventory.purchase_papers made of it, or the reason why
 * there are none.
 *
 * links: inventory
 */
#include "services/inventory/document_maker.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1 << 19, ANSWER_BYTES_MAX = 1 << 20, ARENA_BYTES_MAX = 1 << 25 };

static void make(struct ctx *ctx, const char *line)
{
    const struct outside_request request = {
        .method = "MAKE", .path = "/purchase-order", .body = line, .body_length = strlen(line)
    };
    struct buffer answer;

    buffer_init(&answer, ANSWER_BYTES_MAX);
    if (document_make(ctx, &request, &answer) == OK) {
        (void)fwrite(answer.bytes, 1, answer.length, stdout);
        (void)putchar('\n');
    } else {
        (void)printf("%s\n", ctx->detail);
    }
    buffer_release(&answer);
}

int main(void)
{
    static char line[LINE_BYTES_MAX];
    struct ctx ctx = { .arena = arena_new(ARENA_BYTES_MAX) };

    if (config_read(&ctx, issuer_settings, ISSUER_SETTING_COUNT) != OK) {
        (void)fprintf(stderr, "%s\n", ctx.detail);
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        make(&ctx, line);
    }
    arena_free(ctx.arena);
    return EXIT_SUCCESS;
}
