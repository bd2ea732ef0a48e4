/* command.h - a command of the kervan program as data, and one call of it.
 *
 * One table (commands.c) says what there is: the parser, --help, shell completion and the manual are made from it.
 */
#ifndef KERVAN_TOOLS_KERVAN_COMMAND_H
#define KERVAN_TOOLS_KERVAN_COMMAND_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { COMMAND_ARGUMENTS_MAX = 3, COMMAND_OPTIONS_MAX = 9, OPTION_REPEATS_MAX = 64 };

/* What a command talks to, so that --help can say which settings it wants. */
enum need { NEEDS_NOTHING = 0, NEEDS_DATABASE = 1, NEEDS_KAFKA = 2, NEEDS_GATEWAY = 4 };

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_NAME, VALUE_NUMBER };

struct option {
    const char *name;  /* "--limit" */
    const char *value; /* what it stands for, in capitals; NULL: a flag */
    const char *help;
    enum value_kind kind;
    int64_t min, max;      /* of a number; of a text its length */
    const char *choices;   /* words with blanks between, NULL: any */
    const char *otherwise; /* the value when it is not given, NULL: none */
    bool required, repeats;
};

struct argument {
    const char *name; /* in capitals; NULL ends the list */
    const char *help;
    const char *choices; /* as of an option */
    bool optional;
};

struct invocation;

struct command {
    const char *group,
        *name;        /* "parked" "list"; a group's first row is meant when its name stands alone */
    const char *help; /* one line */
    const char *more; /* for its --help, NULL: nothing */
    unsigned needs;
    struct argument arguments[COMMAND_ARGUMENTS_MAX];
    struct option options[COMMAND_OPTIONS_MAX];
    enum err (*run)(struct invocation *call);
};

extern const struct command commands[];
extern const size_t command_count;
/* Those that every command takes. */
extern const struct option common_options[];
extern const size_t common_option_count;

/* How the program ends; the one place where the numbers stand. */
struct ending {
    int status;
    const char *name, *meaning;
};
enum exit_status {
    EXIT_DONE = 0,
    EXIT_WRONG,
    EXIT_USAGE,
    EXIT_MISSING,
    EXIT_UNREACHABLE,
    EXIT_REFUSED,
    EXIT_SETUP,
    EXIT_WAITING,
    EXIT_STATUS_COUNT
};
extern const struct ending endings[EXIT_STATUS_COUNT];

struct given {
    const struct option *option;
    const char *text;
    int64_t number;
};

/* One call.  What a command found goes out through output.h. */
struct invocation {
    struct ctx *ctx;
    const struct command *command;
    const char *arguments[COMMAND_ARGUMENTS_MAX]; /* NULL where an optional one is missing */
    struct given given[COMMAND_OPTIONS_MAX + OPTION_REPEATS_MAX];
    size_t given_count;
    bool json, help;
    const char *environment_file;
    enum exit_status
        status; /* how a command that did its work wants to end; EXIT_DONE unless it says so */
};

/* The row that the words mean, and how many of them name it; NULL with a detail when there is none. */
const struct command *command_find(struct ctx *ctx, int count, char **words, int *ret_used);
/* Reads what stands behind the command's name.  ERR_INPUT with a detail. */
enum err command_parse(struct invocation *call, int count, char **words) MUST_USE;

/* The value of an option: as given, else as the table says; NULL or 0 when there is none, or no such option. */
const char *option_text(const struct invocation *call, const char *name);
int64_t option_number(const struct invocation *call, const char *name);
bool option_is_given(const struct invocation *call, const char *name);
/* Values of an option that repeats; returns the count. */
size_t option_texts(const struct invocation *call, const char *name, const char **ret);

/* Whether `word` is one of the words in `list`. */
bool is_among(const char *list, const char *word);

#endif
