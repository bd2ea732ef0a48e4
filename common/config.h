/* config.h - settings from the environment and from one file, read once at the start.
 *
 * KERVAN_CONFIG may name an INI file (key = value, no sections, the keys without the KERVAN_
 * prefix in lower case, comments on lines of their own behind # or ;, at most 64 KiB); the
 * environment wins.  A secret NAME may be given as NAME_FILE (in either place, but not beside NAME),
 * a file whose first line it is.  Unknown keys in the file and malformed values end the start with
 * exit code 78 and a message that names the setting.  The effective settings are logged, secrets
 * masked.  Read before any thread is started.
 */
#ifndef KERVAN_COMMON_CONFIG_H
#define KERVAN_COMMON_CONFIG_H

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>

enum setting_kind { SETTING_TEXT, SETTING_SECRET, SETTING_INT, SETTING_BOOL };

/* One setting: where its value goes, what it may be, what it means. */
struct setting {
    const char *name; /* "KERVAN_HTTP_PORT" */
    enum setting_kind kind;
    void *value;              /* const char ** (lives for ever), int64_t * or bool * */
    const char *default_text; /* NULL: required */
    int64_t min, max;         /* of SETTING_INT, both inclusive; of texts the length */
    const char *help;
};

/* Reads all `count` settings.  ERR_FATAL with a detail that names the first wrong one. */
enum err config_read(struct ctx *ctx, const struct setting *settings, size_t count) MUST_USE;
void config_log(const struct setting *settings, size_t count);
/* "NAME  default  what it means", a line each, for --help. */
void config_help(const struct setting *settings, size_t count);

#endif
