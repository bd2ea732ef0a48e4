/* config.c - where a setting's value comes from, and whether it may be that.
 *
 * The environment, then the file that KERVAN_CONFIG names, then the default.  Runs once, before any
 * thread.  The values it hands out are never freed: they live as long as the process.
 */
#include "common/config.h"

#include "common/log.h"
#include "common/text.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 64 * 1024, PAIRS_MAX = 256, SECRET_BYTES_MAX = 4096, NAME_BYTES_MAX = 128 };

static const char prefix[] = "KERVAN_";
static const char file_suffix[] = "_FILE";

/* `key = value` of the file, both within its text. */
struct pair {
    const char *key, *value;
    int line;
};

struct config_file {
    const char *path; /* NULL: there is none */
    char text[FILE_BYTES_MAX + 1];
    struct pair pairs[PAIRS_MAX];
    size_t count;
};

/* What a setting was found to be, and where. */
struct found {
    const char *value;                 /* NULL: nowhere */
    char secret[SECRET_BYTES_MAX + 2]; /* what `value` points to when it was read from NAME_FILE */
};

static const char *environment(const char *name)
{
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): there is one thread yet */
}

static const char *error_text(int error)
{
    return strerror(error); /* NOLINT(concurrency-mt-unsafe): there is one thread yet */
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return text;
}

/* Reads at most `size` - 1 bytes of a file; more is an error. */
static enum err read_file(struct ctx *ctx, const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return err_set(ctx, ERR_FATAL, "could not open \"%s\": %s", path, error_text(errno));
    size_t length = fread(text, 1, size, file);
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    if (failed)
        return err_set(ctx, ERR_FATAL, "could not read \"%s\"", path);
    if (length == size)
        return err_set(ctx, ERR_FATAL, "\"%s\" is larger than %zu bytes", path, size - 1);
    text[length] = '\0';
    if (strlen(text) != length)
        return err_set(ctx, ERR_FATAL, "\"%s\" contains a zero byte", path);
    return OK;
}

static const struct pair *find_pair(const struct config_file *file, const char *key)
{
    for (size_t i = 0; i < file->count; i++) {
        if (text_equal(file->pairs[i].key, key))
            return &file->pairs[i];
    }
    return NULL;
}

static enum err add_line(struct ctx *ctx, struct config_file *file, char *text, int line)
{
    char *equals = strchr(text, '=');

    text = trim(text);
    if (*text == '\0' || *text == '#' || *text == ';')
        return OK;
    if (equals == NULL || *text == '[') {
        return err_set(ctx, ERR_FATAL, "%s:%d: write \"key = value\", without sections", file->path,
                       line);
    }
    *equals = '\0';
    struct pair pair = { .key = trim(text), .value = trim(equals + 1), .line = line };
    if (find_pair(file, pair.key) != NULL)
        return err_set(ctx, ERR_FATAL, "%s:%d: \"%s\" is set twice", file->path, line, pair.key);
    if (file->count == PAIRS_MAX)
        return err_set(ctx, ERR_FATAL, "%s:%d: more than %d settings", file->path, line, PAIRS_MAX);
    file->pairs[file->count++] = pair;
    return OK;
}

/* Splits the text of the file into pairs. */
static enum err read_pairs(struct ctx *ctx, struct config_file *file)
{
    enum err err = OK;
    char *text = file->text;

    for (int line = 1; text != NULL && err == OK; line++) {
        char *next = strchr(text, '\n');
        if (next != NULL)
            *next++ = '\0';
        err = add_line(ctx, file, text, line);
        text = next;
    }
    return err;
}

/* "KERVAN_HTTP_PORT" is `http_port` in the file. */
static void file_key(const char *name, const char *suffix, char key[NAME_BYTES_MAX])
{
    size_t skipped = text_starts_with(name, prefix) ? strlen(prefix) : 0;
    int length = snprintf(key, NAME_BYTES_MAX, "%s%s", name + skipped, suffix);

    assert(length > 0 && length < NAME_BYTES_MAX);
    for (; *key != '\0'; key++)
        *key = (char)tolower((unsigned char)*key);
}

static bool is_key_of(const struct setting *setting, const char *key)
{
    char known[NAME_BYTES_MAX];

    file_key(setting->name, "", known);
    if (text_equal(key, known))
        return true;
    file_key(setting->name, file_suffix, known);
    return setting->kind == SETTING_SECRET && text_equal(key, known);
}

static enum err refuse_unknown_keys(struct ctx *ctx, const struct config_file *file,
                                    const struct setting *settings, size_t count)
{
    for (size_t i = 0; i < file->count; i++) {
        bool known = false;
        for (size_t at = 0; at < count && !known; at++)
            known = is_key_of(&settings[at], file->pairs[i].key);
        if (!known) {
            return err_set(ctx, ERR_FATAL, "%s:%d: unknown setting \"%s\"", file->path,
                           file->pairs[i].line, file->pairs[i].key);
        }
    }
    return OK;
}

static enum err open_file(struct ctx *ctx, struct config_file *file, const struct setting *settings,
                          size_t count)
{
    file->path = environment("KERVAN_CONFIG");
    file->count = 0;
    if (file->path == NULL || *file->path == '\0')
        return OK;
    enum err err = read_file(ctx, file->path, file->text, sizeof file->text);
    if (err == OK)
        err = read_pairs(ctx, file);
    if (err == OK)
        err = refuse_unknown_keys(ctx, file, settings, count);
    return err;
}

/* The first line of the file at `path`. */
static enum err find_secret(struct ctx *ctx, const struct setting *setting, const char *path,
                            struct found *ret)
{
    enum err err = read_file(ctx, path, ret->secret, sizeof ret->secret);

    if (err != OK) {
        char reason[sizeof ctx->detail];
        (void)snprintf(reason, sizeof reason, "%s", ctx->detail);
        return err_set(ctx, err, "%s%s: %s", setting->name, file_suffix, reason);
    }
    ret->secret[strcspn(ret->secret, "\r\n")] = '\0';
    ret->value = ret->secret;
    return OK;
}

/* One of `value` and `path` at most: which of two would win is nothing to guess about. */
static enum err find_in(struct ctx *ctx, const struct setting *setting, const char *value,
                        const char *path, struct found *ret)
{
    if (setting->kind == SETTING_SECRET && path != NULL) {
        if (value != NULL) {
            return err_set(ctx, ERR_FATAL, "%s and %s%s are both set; leave one", setting->name,
                           setting->name, file_suffix);
        }
        return find_secret(ctx, setting, path, ret);
    }
    ret->value = value;
    return OK;
}

static const char *value_in_file(const struct config_file *file, const struct setting *setting,
                                 const char *suffix)
{
    char key[NAME_BYTES_MAX];

    file_key(setting->name, suffix, key);
    const struct pair *pair = find_pair(file, key);
    return pair == NULL ? NULL : pair->value;
}

static enum err find_value(struct ctx *ctx, const struct config_file *file,
                           const struct setting *setting, struct found *ret)
{
    char name_of_file[NAME_BYTES_MAX];

    (void)snprintf(name_of_file, sizeof name_of_file, "%s%s", setting->name, file_suffix);
    ret->value = NULL;
    enum err err =
        find_in(ctx, setting, environment(setting->name), environment(name_of_file), ret);
    if (err == OK && ret->value == NULL) {
        err = find_in(ctx, setting, value_in_file(file, setting, ""),
                      value_in_file(file, setting, file_suffix), ret);
    }
    if (err == OK && ret->value == NULL)
        ret->value = setting->default_text;
    if (err == OK && ret->value == NULL)
        return err_set(ctx, ERR_FATAL, "%s is required: %s", setting->name, setting->help);
    return err;
}

static enum err set_int(struct ctx *ctx, const struct setting *setting, const char *text)
{
    int64_t number;

    if (!text_to_int(text, &number) || number < setting->min || number > setting->max) {
        return err_set(ctx, ERR_FATAL, "%s is \"%.100s\", but must be a number from %lld to %lld",
                       setting->name, text, (long long)setting->min, (long long)setting->max);
    }
    *(int64_t *)setting->value = number;
    return OK;
}

static enum err set_bool(struct ctx *ctx, const struct setting *setting, const char *text)
{
    bool yes = text_equal(text, "true") || text_equal(text, "1");

    if (!yes && !text_equal(text, "false") && !text_equal(text, "0")) {
        return err_set(ctx, ERR_FATAL, "%s is \"%.100s\", but must be \"true\" or \"false\"",
                       setting->name, text);
    }
    *(bool *)setting->value = yes;
    return OK;
}

static enum err set_text(struct ctx *ctx, const struct setting *setting, const char *text)
{
    size_t length = strlen(text);

    if ((int64_t)length < setting->min || (int64_t)length > setting->max) {
        return err_set(ctx, ERR_FATAL, "%s has %zu bytes, but must have %lld to %lld",
                       setting->name, length, (long long)setting->min, (long long)setting->max);
    }
    char *copy = malloc(length + 1);
    if (copy == NULL)
        return err_set(ctx, ERR_FATAL, "no memory for %s", setting->name);
    *(const char **)setting->value = memcpy(copy, text, length + 1);
    return OK;
}

static enum err set_value(struct ctx *ctx, const struct setting *setting, const char *text)
{
    switch (setting->kind) {
    case SETTING_INT:
        return set_int(ctx, setting, text);
    case SETTING_BOOL:
        return set_bool(ctx, setting, text);
    case SETTING_TEXT:
    case SETTING_SECRET:
        break;
    }
    return set_text(ctx, setting, text);
}

static enum err read_settings(struct ctx *ctx, struct config_file *file,
                              const struct setting *settings, size_t count)
{
    struct found found;
    enum err err = open_file(ctx, file, settings, count);

    for (size_t i = 0; i < count && err == OK; i++) {
        err = find_value(ctx, file, &settings[i], &found);
        if (err == OK)
            err = set_value(ctx, &settings[i], found.value);
    }
    return err;
}

enum err config_read(struct ctx *ctx, const struct setting *settings, size_t count)
{
    struct config_file *file = malloc(sizeof *file);

    if (file == NULL)
        return err_set(ctx, ERR_FATAL, "no memory to read settings");
    enum err err = read_settings(ctx, file, settings, count);
    free(file);
    return err;
}

void config_log(const struct setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct setting *setting = &settings[i];
        struct log_field name = LOG_TEXT("name", setting->name);

        if (setting->kind == SETTING_INT) {
            log_info("setting", name, LOG_INT("value", *(const int64_t *)setting->value));
        } else if (setting->kind == SETTING_BOOL) {
            log_info("setting", name,
                     LOG_TEXT("value", *(const bool *)setting->value ? "true" : "false"));
        } else if (setting->kind == SETTING_TEXT) {
            log_info("setting", name, LOG_TEXT("value", *(const char *const *)setting->value));
        } else {
            log_info("setting", name,
                     LOG_TEXT("value", **(const char *const *)setting->value ? "***" : ""));
        }
    }
}

void config_help(const struct setting *settings, size_t count)
{
    int width = 0;

    for (size_t i = 0; i < count; i++) {
        if ((int)strlen(settings[i].name) > width)
            width = (int)strlen(settings[i].name);
    }
    for (size_t i = 0; i < count; i++) {
        const struct setting *setting = &settings[i];
        const char *preset = setting->default_text == NULL ? "(required)" : setting->default_text;
        const char *note = setting->kind == SETTING_SECRET ? "; or in a file, by NAME_FILE" : "";
        (void)printf("%-*s  %-12s  %s%s\n", width, setting->name, preset, setting->help, note);
    }
}
