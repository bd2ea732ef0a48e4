/* command.c - from the words of a call to a row of the table, its arguments and its options. */
#include "tools/kervan/command.h"

#include "common/text.h"
#include "tools/kervan/kervan.h"

#include <string.h>

bool is_among(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; length > 0 && (at = strstr(at, word)) != NULL; at += length) {
        bool begins = at == list || at[-1] == ' ';

        if (begins && (at[length] == ' ' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

const struct command *command_find(struct ctx *ctx, int count, char **words, int *ret_used)
{
    const struct command *first = NULL;

    for (size_t i = 0; count > 0 && i < command_count; i++) {
        if (!text_equal(commands[i].group, words[0])) {
            continue;
        }
        first = first == NULL ? &commands[i] : first;
        if (count > 1 && text_equal(commands[i].name, words[1])) {
            *ret_used = 2;
            return &commands[i];
        }
    }
    if (first == NULL) {
        (void)err_set(ctx, ERR_INPUT, "there is no command \"%s\"", count > 0 ? words[0] : "");
        return NULL;
    }
    *ret_used = 1;
    if (first->name != NULL && count > 1 && words[1][0] != '-') {
        (void)err_set(ctx, ERR_INPUT, "\"%s\" has no \"%s\"", words[0], words[1]);
        return NULL;
    }
    return first;
}

static const struct option *find_option(const struct invocation *call, const char *name)
{
    const struct command *command = call->command;

    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        if (text_equal(command->options[i].name, name)) {
            return &command->options[i];
        }
    }
    for (size_t i = 0; i < common_option_count; i++) {
        if (text_equal(common_options[i].name, name)) {
            return &common_options[i];
        }
    }
    return NULL;
}

/* "--limit=5" as well as "--limit 5". */
static const char *split_name(struct ctx *ctx, const char *word, const char **ret_value)
{
    const char *equals = strchr(word, '=');

    *ret_value = equals == NULL ? NULL : equals + 1;
    return equals == NULL ? word : text_format(ctx->arena, "%.*s", (int)(equals - word), word);
}

static enum err check_value(struct ctx *ctx, struct given *given)
{
    const struct option *option = given->option;

    if (option->choices != NULL && !is_among(option->choices, given->text)) {
        return err_set(ctx, ERR_INPUT, "%s is \"%s\" and not one of: %s", option->name, given->text,
                       option->choices);
    }
    if (option->kind == VALUE_NAME && !is_name(given->text, '_') && !is_name(given->text, '-')) {
        return err_set(ctx, ERR_INPUT, "%s is no name: \"%s\"", option->name, given->text);
    }
    if (option->kind == VALUE_NUMBER &&
        (!text_to_int(given->text, &given->number) || given->number < option->min ||
         given->number > option->max)) {
        return err_set(ctx, ERR_INPUT, "%s is no number from %lld to %lld: \"%s\"", option->name,
                       (long long)option->min, (long long)option->max, given->text);
    }
    if (option->kind == VALUE_TEXT && option->max > 0 &&
        (strlen(given->text) > (size_t)option->max || given->text[0] == '\0')) {
        return err_set(ctx, ERR_INPUT, "%s takes 1 to %lld characters", option->name,
                       (long long)option->max);
    }
    return OK;
}

static bool take_common(struct invocation *call, const struct given *given)
{
    if (text_equal(given->option->name, "--json")) {
        call->json = true;
    } else if (text_equal(given->option->name, "--help")) {
        call->help = true;
    } else if (text_equal(given->option->name, "--env")) {
        call->environment_file = given->text;
    } else {
        return false;
    }
    return true;
}

static enum err take_option(struct invocation *call, int count, char **words, int *at)
{
    const char *value = NULL, *name = split_name(call->ctx, words[*at], &value);
    struct given given = { .option = find_option(call, name) };

    if (given.option == NULL) {
        return err_set(call->ctx, ERR_INPUT, "unexpected \"%s\"", name);
    }
    if ((given.option->value == NULL) != (value == NULL) && given.option->value == NULL) {
        return err_set(call->ctx, ERR_INPUT, "%s takes no value", name);
    }
    if (given.option->value != NULL && value == NULL) {
        if (*at + 1 >= count) {
            return err_set(call->ctx, ERR_INPUT, "%s wants %s", name, given.option->value);
        }
        value = words[++*at];
    }
    given.text = value;
    enum err err = value == NULL ? OK : check_value(call->ctx, &given);
    if (err || take_common(call, &given)) {
        return err;
    }
    if (option_is_given(call, name) && !given.option->repeats) {
        return err_set(call->ctx, ERR_INPUT, "%s is given twice", name);
    }
    if (call->given_count == sizeof call->given / sizeof call->given[0]) {
        return err_set(call->ctx, ERR_INPUT, "too many options");
    }
    call->given[call->given_count++] = given;
    return OK;
}

static enum err take_argument(struct invocation *call, const char *word)
{
    for (size_t i = 0; i < COMMAND_ARGUMENTS_MAX; i++) {
        const struct argument *argument = &call->command->arguments[i];

        if (argument->name == NULL || call->arguments[i] != NULL) {
            continue;
        }
        if (argument->choices != NULL && !is_among(argument->choices, word)) {
            return err_set(call->ctx, ERR_INPUT, "%s is \"%s\" and not one of: %s", argument->name,
                           word, argument->choices);
        }
        call->arguments[i] = word;
        return OK;
    }
    return err_set(call->ctx, ERR_INPUT, "unexpected \"%s\"", word);
}

static enum err check_complete(const struct invocation *call)
{
    const struct command *command = call->command;

    for (size_t i = 0; i < COMMAND_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        if (call->arguments[i] == NULL && !command->arguments[i].optional) {
            return err_set(call->ctx, ERR_INPUT, "%s is missing", command->arguments[i].name);
        }
    }
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        if (command->options[i].required && !option_is_given(call, command->options[i].name)) {
            return err_set(call->ctx, ERR_INPUT, "%s is required", command->options[i].name);
        }
    }
    return OK;
}

enum err command_parse(struct invocation *call, int count, char **words)
{
    enum err err = OK;

    for (int i = 0; i < count && !err; i++) { /* `i` passes over an option's value */
        err = words[i][0] == '-' && words[i][1] != '\0' ? take_option(call, count, words, &i)
                                                        : take_argument(call, words[i]);
    }
    return err || call->help ? err : check_complete(call);
}

static const struct given *find_given(const struct invocation *call, const char *name)
{
    for (size_t i = 0; i < call->given_count; i++) {
        if (text_equal(call->given[i].option->name, name)) {
            return &call->given[i];
        }
    }
    return NULL;
}

bool option_is_given(const struct invocation *call, const char *name)
{
    return find_given(call, name) != NULL;
}

const char *option_text(const struct invocation *call, const char *name)
{
    const struct given *given = find_given(call, name);
    const struct option *option = find_option(call, name);

    if (given != NULL) {
        return given->text;
    }
    return option == NULL ? NULL : option->otherwise;
}

int64_t option_number(const struct invocation *call, const char *name)
{
    const struct given *given = find_given(call, name);
    const char *otherwise = option_text(call, name);
    int64_t number = given == NULL ? 0 : given->number;

    if (given == NULL && otherwise != NULL) {
        (void)text_to_int(otherwise, &number); /* the table's own */
    }
    return number;
}

size_t option_texts(const struct invocation *call, const char *name, const char **ret)
{
    size_t count = 0;

    for (size_t i = 0; i < call->given_count && count < OPTION_REPEATS_MAX; i++) {
        if (text_equal(call->given[i].option->name, name)) {
            ret[count++] = call->given[i].text;
        }
    }
    return count;
}
