/* help.h - what is said about the commands; made from their table. */
#ifndef KERVAN_TOOLS_KERVAN_HELP_H
#define KERVAN_TOOLS_KERVAN_HELP_H

#include "tools/kervan/command.h"

#include <stdio.h>

void help_all(FILE *to);
void help_command(FILE *to, const struct command *command);
/* "kervan parked redrive [PARKED] [--service NAME] ..." */
void help_usage(FILE *to, const struct command *command);

/* What a need is met by: name and meaning of its settings; NULL ends the list. */
struct needed_setting {
    unsigned need;
    const char *name, *meaning;
};
extern const struct needed_setting needed_settings[];

#endif
