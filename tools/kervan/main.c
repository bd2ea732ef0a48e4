/* main.c - the kervan command: which command is meant, and how its end is told.
 *
 * What it did goes to standard output, why it could not to standard error.  Exit status: 0 done,
 * 1 could not, 64 called wrongly, 75 may work later.
 */
#include "tools/kervan/kervan.h"

#include "common/arena.h"
#include "common/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { EXIT_DONE = 0, EXIT_CANNOT = 1, EXIT_USAGE = 64, EXIT_LATER = 75 };
enum { ARENA_BYTES_MAX = 16 << 20, NAME_LENGTH_MAX = 40 };

static const struct command {
    const char *name, *usage, *help;
    enum err (*run)(struct ctx *ctx, int count, char **words);
} commands[] = {
    { "migrate", "[--service NAME]... [--status]",
      "brings the schemas of all services, or of those named, up to date", run_migrate },
    { "topics", "[--channel NAME]...", "creates the topics that are missing", run_topics },
    { "key", "create --scopes LIST [--channel NAME] [--note TEXT] | revoke ID",
      "makes an API key and prints it once, or ends one", run_key },
    { "parked", "--service NAME [--redrive ID]",
      "lists what a service could not handle, or asks it to try again", run_parked },
};

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

static int tell_usage(FILE *to)
{
    (void)fputs("usage: kervan COMMAND ...\n\n", to);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)fprintf(to, "  %-8s %-34s %s\n", commands[i].name, commands[i].usage,
                      commands[i].help);
    }
    (void)fputs(
        "\nKERVAN_PG_OWNER     address of the database for its owner (migrate, key, parked)\n"
        "KERVAN_KAFKA        bootstrap servers (topics)\n"
        "A command with --help says more.\n",
        to);
    return to == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int run(const struct command *command, int count, char **words)
{
    struct ctx ctx = { .arena = arena_new(ARENA_BYTES_MAX) };
    enum err e = command->run(&ctx, count, words);

    arena_free(ctx.arena);
    if (e == OK)
        return EXIT_DONE;
    (void)fprintf(stderr, "kervan %s: %s\n", command->name, ctx.detail);
    if (e == ERR_INPUT) {
        (void)fprintf(stderr, "usage: kervan %s %s\n", command->name, command->usage);
        return EXIT_USAGE;
    }
    return e == ERR_RETRY ? EXIT_LATER : EXIT_CANNOT;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return tell_usage(stderr);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (text_equal(argv[1], commands[i].name))
            return run(&commands[i], argc - 2, argv + 2);
    }
    return tell_usage(text_equal(argv[1], "--help") || text_equal(argv[1], "help") ? stdout
                                                                                   : stderr);
}
