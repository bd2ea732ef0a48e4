/* completion.c - `kervan completion` and `kervan manual`: the table of commands as shells and man read it. */
#include "tools/kervan/help.h"
#include "tools/kervan/kervan.h"

#include "common/text.h"

#include <string.h>

static bool is_first_of_group(size_t index)
{
    return index == 0 || !text_equal(commands[index - 1].group, commands[index].group);
}

static void print_groups(void)
{
    for (size_t i = 0; i < command_count; i++) {
        if (is_first_of_group(i)) {
            (void)printf("%s%s", i > 0 ? " " : "", commands[i].group);
        }
    }
}

static void print_names(const char *group)
{
    bool first = true;

    for (size_t i = 0; i < command_count; i++) {
        if (text_equal(commands[i].group, group) && commands[i].name != NULL) {
            (void)printf("%s%s", first ? "" : " ", commands[i].name);
            first = false;
        }
    }
}

static void print_option_names(const struct command *command)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        (void)printf("%s ", command->options[i].name);
    }
    for (size_t i = 0; i < common_option_count; i++) {
        (void)printf("%s%s", i > 0 ? " " : "", common_options[i].name);
    }
}

/* "parked list" as a word of a case: parked:list. */
static void print_case(const struct command *command)
{
    (void)printf("%s:%s", command->group, command->name == NULL ? "" : command->name);
}

/* The first of a group may be called by the group's name alone. */
static void print_option_cases(size_t index)
{
    const struct command *command = &commands[index];

    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        const struct option *option = &command->options[i];

        if (option->choices == NULL) {
            continue;
        }
        (void)printf("        ");
        print_case(command);
        (void)printf(":%s", option->name);
        if (command->name != NULL && is_first_of_group(index)) {
            (void)printf("|%s::%s", command->group, option->name);
        }
        (void)printf(") words='%s' ;;\n", option->choices);
    }
}

static void print_argument_words(const struct command *command)
{
    const char *choices = command->arguments[0].choices;

    if (choices != NULL) {
        (void)printf("%s ", choices);
    }
}

/* What both shells share: from the words so far to `words`, or to files behind --env. */
static void print_cases(void)
{
    (void)printf("    case \"$group\" in\n        '') words='");
    print_groups();
    (void)printf("' ;;\n    esac\n    case \"$group:$name:$previous\" in\n");
    for (size_t i = 0; i < command_count; i++) {
        print_option_cases(i);
    }
    (void)printf("        *) case \"$group:$name\" in\n");
    for (size_t i = 0; i < command_count; i++) {
        (void)printf("            ");
        print_case(&commands[i]);
        (void)printf(") words='");
        print_argument_words(&commands[i]);
        print_option_names(&commands[i]);
        (void)printf("' ;;\n");
    }
    for (size_t i = 0; i < command_count; i++) {
        if (is_first_of_group(i) && commands[i].name != NULL) {
            (void)printf("            %s:) words='", commands[i].group);
            print_names(commands[i].group);
            (void)printf(" ");
            print_option_names(&commands[i]);
            (void)printf("' ;;\n");
        }
    }
    (void)printf("        esac ;;\n    esac\n");
}

static void print_name_patterns(void)
{
    const char *between = "";

    for (size_t i = 0; i < command_count; i++) {
        if (commands[i].name != NULL) {
            (void)printf("%s", between);
            print_case(&commands[i]);
            between = "|";
        }
    }
}

static void print_bash(void)
{
    (void)printf(
        "# bash completion of kervan, made by `kervan completion bash`\n"
        "_kervan()\n{\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
        "words=''\n"
        "    local group='' name=''\n"
        "    [ \"$COMP_CWORD\" -gt 1 ] && group=${COMP_WORDS[1]}\n"
        "    if [ \"$COMP_CWORD\" -gt 2 ]; then\n        case \"$group:${COMP_WORDS[2]}\" in ");
    print_name_patterns();
    (void)printf(
        ") name=${COMP_WORDS[2]} ;; esac\n    fi\n"
        "    if [ \"$previous\" = --env ]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n        return\n    fi\n");
    print_cases();
    (void)printf("    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
                 "complete -F _kervan kervan\n");
}

static void print_zsh(void)
{
    (void)printf("#compdef kervan\n"
                 "# zsh completion of kervan, made by `kervan completion zsh`\n"
                 "_kervan()\n{\n    local previous=${words[CURRENT-1]} group='' name=''\n"
                 "    local -a typed=(\"${words[@]}\")\n    local words=''\n"
                 "    [ \"$CURRENT\" -gt 2 ] && group=${typed[2]}\n"
                 "    if [ \"$CURRENT\" -gt 3 ]; then\n        case \"$group:${typed[3]}\" in ");
    print_name_patterns();
    (void)printf(
        ") name=${typed[3]} ;; esac\n    fi\n"
        "    if [ \"$previous\" = --env ]; then\n        _files\n        return\n    fi\n");
    print_cases();
    (void)printf("    compadd -- ${=words}\n}\ncompdef _kervan kervan\n");
}

enum err run_completion(struct invocation *call)
{
    if (text_equal(call->arguments[0], "bash")) {
        print_bash();
    } else {
        print_zsh();
    }
    return OK;
}

/* Text of a manual page: a dash is written \-, and a line does not begin with a dot. */
static void print_roff(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '-' || *text == '\\') {
            (void)putchar('\\');
        }
        (void)putchar(*text == '\\' ? 'e' : *text);
    }
}

static void print_item(const char *name, const char *value, const char *meaning)
{
    (void)printf(".TP\n\\fB");
    print_roff(name);
    (void)printf("\\fR%s%s\n", value == NULL ? "" : " ", value == NULL ? "" : value);
    print_roff(meaning);
    (void)printf("\n");
}

static void print_command(const struct command *command)
{
    (void)printf(".SS kervan %s %s\n", command->group, command->name == NULL ? "" : command->name);
    print_roff(command->help);
    (void)printf(".\n");
    if (command->more != NULL) {
        print_roff(command->more);
        (void)printf("\n");
    }
    for (size_t i = 0; i < COMMAND_ARGUMENTS_MAX && command->arguments[i].name != NULL; i++) {
        print_item(command->arguments[i].name, NULL, command->arguments[i].help);
    }
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && command->options[i].name != NULL; i++) {
        print_item(command->options[i].name, command->options[i].value, command->options[i].help);
    }
}

enum err run_manual(struct invocation *call)
{
    (void)call;
    (void)printf(".TH KERVAN 1\n.SH NAME\nkervan \\- looks after a running Kervan\n"
                 ".SH SYNOPSIS\n\\fBkervan\\fR COMMAND ...\n.SH COMMANDS\n");
    for (size_t i = 0; i < command_count; i++) {
        print_command(&commands[i]);
    }
    (void)printf(".SH OPTIONS OF EVERY COMMAND\n");
    for (size_t i = 0; i < common_option_count; i++) {
        print_item(common_options[i].name, common_options[i].value, common_options[i].help);
    }
    (void)printf(".SH ENVIRONMENT\n");
    for (const struct needed_setting *at = needed_settings; at->name != NULL; at++) {
        print_item(at->name, NULL, at->meaning);
    }
    (void)printf(".SH EXIT STATUS\n");
    for (size_t i = 0; i < EXIT_STATUS_COUNT; i++) {
        (void)printf(".TP\n\\fB%d\\fR\n", endings[i].status);
        print_roff(endings[i].meaning);
        (void)printf("\n");
    }
    return OK;
}
