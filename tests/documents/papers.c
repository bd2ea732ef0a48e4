/* papers.c - reads lines, has documents made, and writes what came of it. */
#include "tests/documents/papers.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "common/config.h"
#include "common/issuer.h"
#include "common/outside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1 << 19 };

static void make(const struct papers *papers, struct ctx *ctx, const char *line)
{
    const struct outside_request request = {
        .method = "MAKE", .path = papers->path, .body = line, .body_length = strlen(line)
    };
    struct buffer answer;

    buffer_init(&answer, papers->answer_bytes_max);
    if (papers->make(ctx, &request, &answer) == OK) {
        (void)fwrite(answer.bytes, 1, answer.length, stdout);
        (void)putchar('\n');
    } else {
        (void)printf("%s\n", ctx->detail);
    }
    buffer_release(&answer);
}

int papers_run(const struct papers *papers)
{
    static char line[LINE_BYTES_MAX];
    struct ctx ctx = { .arena = arena_new(papers->arena_bytes_max) };

    if (config_read(&ctx, issuer_settings, ISSUER_SETTING_COUNT) != OK) {
        (void)fprintf(stderr, "%s\n", ctx.detail);
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        make(papers, &ctx, line);
    }
    arena_free(ctx.arena);
    return EXIT_SUCCESS;
}
