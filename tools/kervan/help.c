/* help.c - `--help`, of the program and of each command. */
#include "tools/kervan/help.h"

#include "common/text.h"

#include <string.h>

const struct needed_setting needed_settings[] = {
    { NEEDS_DATABASE, "KERVAN_PG_OWNER", "address of the database for the schemas' owner (libpq)" },
    { NEEDS_KAFKA, "KERVAN_KAFKA", "bootstrap servers" },
    { NEEDS_KAFKA, "KERVAN_KAFKA_PROPERTIES", "more librdkafka settings: name=value;name=value" },
    { NEEDS_GATEWAY, "KERVAN_URL", "address of the gateway" },
    { NEEDS_GATEWAY, "KERVAN_STAFF_KEY", "API key of a person's tool" },
    { 0, NULL, NULL },
};

static void print_option_word(FILE *to, const struct option *option)
{
    (void)fprintf(to, option->required ? " %s" : " [%s", option->name);
    if (option->value != NULL) {
        (void)fprintf(to, " %s", option->value);
    }
    (void)fputs(option->required ? "" : "]", to);
    (void)fputs(option->repeats ? "..." : "", to);
}

void help_usage(FILE *to, const struct command *command)
{
    (void)fprintf(to, "kervan %s%s%s", command->group, command->name == NULL ? "" : " ",
                  command->name == NULL ? "" : command->name);
    for (size_t i = 0; i < COMMAND_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        const struct argument *argument = &command->arguments[i];

        (void)fprintf(to, argument->optional ? " [%s]" : " %s", argument->name);
    }
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        print_option_word(to, &command->options[i]);
    }
    (void)fputs("\n", to);
}

static void print_row(FILE *to, const char *name, const char *value, const char *meaning)
{
    size_t width = strlen(name) + (value == NULL ? 0 : 1 + strlen(value));

    (void)fprintf(to, "  %s%s%s%*s  %s", name, value == NULL ? "" : " ", value == NULL ? "" : value,
                  width < 22 ? (int)(22 - width) : 0, "", meaning);
}

static void print_option(FILE *to, const struct option *option)
{
    print_row(to, option->name, option->value, option->help);
    if (option->otherwise != NULL) {
        (void)fprintf(to, " (%s)", option->otherwise);
    }
    if (option->choices != NULL) {
        (void)fprintf(to, ": %s", option->choices);
    }
    (void)fputs("\n", to);
}

static void print_settings(FILE *to, unsigned needs)
{
    for (const struct needed_setting *at = needed_settings; at->name != NULL; at++) {
        if ((at->need & needs) != 0) {
            print_row(to, at->name, NULL, at->meaning);
            (void)fputs("\n", to);
        }
    }
}

void help_command(FILE *to, const struct command *command)
{
    (void)fputs("usage: ", to);
    help_usage(to, command);
    (void)fprintf(to, "\n%s: %s\n", command->name == NULL ? command->group : command->name,
                  command->help);
    if (command->more != NULL) {
        (void)fprintf(to, "%s\n", command->more);
    }
    (void)fputs("\n", to);
    for (size_t i = 0; i < COMMAND_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        const struct argument *argument = &command->arguments[i];

        print_row(to, argument->name, NULL, argument->help);
        if (argument->choices != NULL) {
            (void)fprintf(to, ": %s", argument->choices);
        }
        (void)fputs("\n", to);
    }
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        print_option(to, &command->options[i]);
    }
    for (size_t i = 0; i < common_option_count; i++) {
        print_option(to, &common_options[i]);
    }
    (void)fputs(command->needs == 0 ? "" : "\nsettings, from the environment or --env:\n", to);
    print_settings(to, command->needs);
}

void help_all(FILE *to)
{
    (void)fputs("usage: kervan COMMAND ...\n\n", to);
    for (size_t i = 0; i < command_count; i++) {
        print_row(to, commands[i].group, commands[i].name, commands[i].help);
        (void)fputs("\n", to);
    }
    (void)fputs("\nof every command:\n", to);
    for (size_t i = 0; i < common_option_count; i++) {
        print_option(to, &common_options[i]);
    }
    (void)fputs("\nsettings, from the environment or --env:\n", to);
    print_settings(to, NEEDS_DATABASE | NEEDS_KAFKA | NEEDS_GATEWAY);
    (void)fputs("\nexit status:\n", to);
    for (size_t i = 0; i < EXIT_STATUS_COUNT; i++) {
        (void)fprintf(to, "  %d  %s\n", endings[i].status, endings[i].meaning);
    }
}
