/* template_files.c - the files of a folder become templates, or the reason why they cannot. */
#include "services/notification/template_files.h"

#include "common/arena.h"
#include "common/text.h"
#include "services/notification/invoice_letter.h"
#include "services/notification/supplier_letter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FILE_BYTES_MAX = 16384 };

static const char *const endings[LETTER_PART_COUNT] = {
    [LETTER_SUBJECT] = "subject",
    [LETTER_TEXT] = "text",
    [LETTER_HTML] = "html",
};

/* Bytes that follow the first one of a character; -1 when it cannot be a first one. */
static int bytes_behind(unsigned char first)
{
    if (first < 0x80) {
        return 0;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 1;
    }
    if ((first & 0xF0U) == 0xE0) {
        return 2;
    }
    return first >= 0xF0 && first <= 0xF4 ? 3 : -1;
}

static bool is_utf8(const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        int behind = bytes_behind((unsigned char)text[i++]);

        for (; behind > 0 && i < length && ((unsigned char)text[i] & 0xC0U) == 0x80; behind--) {
            i++;
        }
        if (behind != 0) {
            return false;
        }
    }
    return memchr(text, '\0', length) == NULL;
}

/* A file under way: it is read into `bytes`, and copied from there. */
struct reading {
    struct ctx *ctx;
    const char *(*problem)(struct arena *arena, const char *text); /* of the model that fills it */
    const char *path;
    char *bytes;
    size_t length;
};

static enum err read_file(struct reading *reading)
{
    FILE *file = fopen(reading->path, "rb");

    if (file == NULL) {
        return err_set(reading->ctx, ERR_FATAL,
                       "cannot open template \"%s\" (errno %d); is KERVAN_TEMPLATES right?",
                       reading->path, errno);
    }
    reading->length = fread(reading->bytes, 1, FILE_BYTES_MAX + 1, file);
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        return err_set(reading->ctx, ERR_FATAL, "cannot read template \"%s\"", reading->path);
    }
    reading->bytes[reading->length] = '\0';
    return OK;
}

/* A subject is one line; what ends it is left out. */
static const char *problem_of(struct reading *reading, enum letter_part part)
{
    char *text = reading->bytes;
    bool subject = part == LETTER_SUBJECT;

    if (reading->length > FILE_BYTES_MAX) {
        return "must have at most 16384 bytes";
    }
    if (subject && reading->length > 0 && text[reading->length - 1] == '\n') {
        text[--reading->length] = '\0';
    }
    if (reading->length == 0) {
        return "is empty";
    }
    if (!is_utf8(text, reading->length)) {
        return "is not UTF-8";
    }
    return subject && strchr(text, '\n') != NULL ? "must be one line"
                                                 : reading->problem(reading->ctx->arena, text);
}

static enum err read_part(struct reading *reading, struct arena *memory, enum letter_part part,
                          const char **ret)
{
    enum err err = read_file(reading);

    if (err) {
        return err;
    }
    const char *problem = problem_of(reading, part);
    if (problem != NULL) {
        return err_set(reading->ctx, ERR_FATAL, "template \"%s\": %s", reading->path, problem);
    }
    *ret = arena_copy_text(memory, reading->bytes, reading->length);
    return OK;
}

/* All parts of a letter, in all languages. */
static enum err read_letter(struct reading *reading, struct arena *memory, const char *folder,
                            const char *word, const char *ret[LANGUAGE_COUNT][LETTER_PART_COUNT])
{
    enum err err = OK;

    for (size_t i = 0; i < (size_t)LANGUAGE_COUNT * LETTER_PART_COUNT && !err; i++) {
        enum language language = (enum language)(i / LETTER_PART_COUNT);
        enum letter_part part = (enum letter_part)(i % LETTER_PART_COUNT);

        reading->path = text_format(reading->ctx->arena, "%s/%s.%s.%s", folder, word,
                                    language_tag(language), endings[part]);
        err = read_part(reading, memory, part, &ret[language][part]);
    }
    return err;
}

enum err template_files_read(struct ctx *ctx, struct arena *memory, const char *folder,
                             struct letter_templates *ret)
{
    struct reading reading = { .ctx = ctx,
                               .problem = letter_template_problem,
                               .bytes = arena_alloc(ctx->arena, FILE_BYTES_MAX + 2) };
    enum err err = OK;

    for (int message = CUSTOMER_MESSAGE_RECEIVED; message < LETTER_KINDS && !err; message++) {
        err = read_letter(&reading, memory, folder, letter_word((enum customer_message)message),
                          ret->texts[message]);
    }
    if (!err) {
        reading.problem = supplier_letter_problem;
        err = read_letter(&reading, memory, folder, "supplier_order", ret->supplier_order);
    }
    if (!err) {
        reading.problem = invoice_letter_problem;
        err = read_letter(&reading, memory, folder, "invoice", ret->invoice);
    }
    return err;
}
