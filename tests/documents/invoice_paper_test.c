/* invoice_paper_test.c - makes files of invoices for invoices_test.py, which judges them; no test by itself.
 *
 *     build/dev/documents/invoice_paper_test <invoices >made
 *
 * A line in is the JSON of a payment.invoice; a line out is the payment.invoice_papers made of it, or the reason why
 * there are none.
 *
 * links: payment
 */
#include "services/payment/document_maker.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/issuer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1 << 19, ANSWER_BYTES_MAX = 1 << 22, ARENA_BYTES_MAX = 1 << 26 };

static void make(struct ctx *ctx, const char *line)
{
    const struct outside_request request = {
        .method = "MAKE", .path = "/invoice", .body = line, .body_length = strlen(line)
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
