/* render_test.c - writes mails for mail_test.py, which judges them; no test by itself.
 *
 *     build/dev/notification/render_test <payloads >mails
 *
 * A line in is the JSON of a notification.mail; out comes its mail behind a line with the number of
 * its bytes, or "-1" and the reason when the payload is none.  KERVAN_TEMPLATES and the other
 * settings of mails count.
 *
 * links: notification
 */
#include "common/arena.h"
#include "common/text.h"
#include "proto/notification_codec.h"
#include "services/notification/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES_MAX = 1 << 18, ARENA_BYTES_MAX = 1 << 24 };

static void write_mail(struct arena *arena, const char *line)
{
    struct notification_mail mail;
    struct violations violations = { .count = 0 };
    struct outside_request request = { 0 };

    if (notification_mail_decode(arena, line, strlen(line), &mail, &violations) != OK) {
        (void)printf("-1 %s %s\n", violations.items[0].pointer, violations.items[0].detail);
        return;
    }
    mail_request(arena, &mail, text_format(arena, "%s.test", mail.order_id), &request);
    (void)printf("%zu %s\n", request.body_length, request.path);
    (void)fwrite(request.body, 1, request.body_length, stdout);
}

int main(void)
{
    static char line[LINE_BYTES_MAX];
    struct ctx ctx = { .arena = arena_new(ARENA_BYTES_MAX) };

    if (config_read(&ctx, mail_settings, MAIL_SETTING_COUNT) != OK || mail_start(&ctx) != OK) {
        (void)fprintf(stderr, "render_test: %s\n", ctx.detail);
        arena_free(ctx.arena);
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        write_mail(ctx.arena, line);
        arena_reset(ctx.arena);
    }
    arena_free(ctx.arena);
    return EXIT_SUCCESS;
}
