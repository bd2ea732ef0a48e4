/* main.c - the kervan command: which command is meant, and how its end is told.
 *
 * What it found goes to standard output, why it could not to standard error.  commands.c says how it
 * ends.
 */
#include "tools/kervan/help.h"
#include "tools/kervan/kervan.h"
#include "tools/kervan/session.h"

#include "common/arena.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ARENA_BYTES_MAX = 1 << 30, NAME_LENGTH_MAX = 40 };

bool is_name(const char *text, char also)
{
    size_t length = strlen(text);
    bool good = length > 0 && length <= NAME_LENGTH_MAX && text[0] >= 'a' && text[0] <= 'z';

    for (size_t i = 0; good && i < length; i++) {
        good = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
               text[i] == also;
    }
    return good;
}

void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vprintf(format, arguments);
    va_end(arguments);
    (void)putchar('\n');
    (void)fflush(stdout);
}

void pause_ms(int64_t milliseconds)
{
    struct timespec left = { .tv_sec = milliseconds / 1000,
                             .tv_nsec = milliseconds % 1000 * 1000000 };

    (void)nanosleep(&left, NULL);
}

static enum exit_status status_of(const struct invocation *call, enum err err)
{
    static const enum exit_status statuses[ERR_COUNT] = {
        [ERR_INPUT] = EXIT_USAGE,      [ERR_NOTFOUND] = EXIT_MISSING,  [ERR_RULE] = EXIT_REFUSED,
        [ERR_CONFLICT] = EXIT_REFUSED, [ERR_RETRY] = EXIT_UNREACHABLE, [ERR_FATAL] = EXIT_SETUP,
    };

    return err == OK ? call->status : statuses[err];
}

static int end(const struct invocation *call, enum err err)
{
    enum exit_status status = status_of(call, err);
    const struct command *command = call->command;

    if (err && command == NULL) {
        (void)fprintf(stderr, "kervan: %s; kervan --help lists the commands\n", call->ctx->detail);
    } else if (err) {
        (void)fprintf(stderr, "kervan %s%s%s: %s\n", command->group,
                      command->name == NULL ? "" : " ", command->name == NULL ? "" : command->name,
                      call->ctx->detail);
    }
    if (status == EXIT_USAGE && command != NULL) {
        (void)fputs("usage: ", stderr);
        help_usage(stderr, command);
    }
    return endings[status].status;
}

static enum err run(struct invocation *call, int count, char **words)
{
    int used = 0;

    call->command = command_find(call->ctx, count, words, &used);
    if (call->command == NULL) {
        return ERR_INPUT;
    }
    enum err err = command_parse(call, count - used, words + used);
    if (err) {
        return err;
    }
    if (call->help) {
        help_command(stdout, call->command);
        return OK;
    }
    if (call->environment_file != NULL) {
        err = environment_read(call->ctx, call->environment_file);
    }
    return err ? err : call->command->run(call);
}

int main(int argc, char **argv)
{
    struct ctx ctx = { .arena = NULL };
    struct invocation call = { .ctx = &ctx };

    if (argc < 2 || text_equal(argv[1], "--help") || text_equal(argv[1], "help")) {
        help_all(argc < 2 ? stderr : stdout);
        return endings[argc < 2 ? EXIT_USAGE : EXIT_DONE].status;
    }
    ctx.arena = arena_new(ARENA_BYTES_MAX);
    int status = end(&call, run(&call, argc - 1, argv + 1));
    arena_free(ctx.arena);
    return status;
}
