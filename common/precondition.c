/* precondition.c - reads lists of ETags, and compares versions. */
#include "common/precondition.h"

#include "common/text.h"

#include <assert.h>
#include <string.h>

enum { VERSION_DIGITS_MAX = 19 };

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static bool is_version(const char *text, size_t length)
{
    return length >= 1 && length <= VERSION_DIGITS_MAX && text[0] != '0' &&
           strspn(text, "0123456789") >= length;
}

static void append(struct precondition_text *list, const char *text, size_t length)
{
    size_t used = strlen(list->text);

    if (used > 0) {
        list->text[used++] = ',';
    }
    assert(used + length < sizeof list->text);
    memcpy(list->text + used, text, length);
    list->text[used + length] = '\0';
}

/* One ETag; returns what follows it, or NULL when there is none.  Its version, if it names one, is appended. */
static const char *read_etag(const char *at, struct precondition_text *list)
{
    bool weak = at[0] == 'W' && at[1] == '/';
    const char *tag = at + (weak ? 2 : 0);
    const char *end = tag[0] == '"' ? strchr(tag + 1, '"') : NULL;

    if (end == NULL) {
        return NULL;
    }
    if (!weak && is_version(tag + 1, (size_t)(end - tag - 1))) {
        append(list, tag + 1, (size_t)(end - tag - 1));
    }
    return end + 1;
}

static bool read_list(const char *at, struct precondition_text *ret)
{
    struct precondition_text list = { "" };
    bool more = true;

    for (size_t i = 0; more && i < PRECONDITION_VERSIONS_MAX; i++) {
        at = read_etag(skip_blanks(at), &list);
        if (at == NULL) {
            return false;
        }
        at = skip_blanks(at);
        more = *at == ',';
        at += more ? 1 : 0;
    }
    if (more || *at != '\0') {
        return false;
    }
    if (list.text[0] == '\0') {
        append(&list, "-", 1);
    }
    *ret = list;
    return true;
}

bool precondition_parse(const char *match, const char *none_match, struct precondition_text *ret)
{
    if (match != NULL && none_match != NULL) {
        return false;
    }
    if (none_match != NULL) {
        *ret = (struct precondition_text){ PRECONDITION_NOTHING };
        return text_equal(none_match, "*");
    }
    if (match == NULL || text_equal(match, "*")) {
        *ret = (struct precondition_text){ "" };
        append(ret, "*", match == NULL ? 0 : 1);
        return true;
    }
    return read_list(match, ret);
}

bool precondition_holds(const char *precondition, int64_t version)
{
    const char *at = precondition;

    if (at == NULL || (version != 0 && strcmp(at, "*") == 0)) {
        return true;
    }
    while (at != NULL) {
        char item[VERSION_DIGITS_MAX + 1] = "";
        const char *comma = strchr(at, ',');
        size_t length = comma == NULL ? strlen(at) : (size_t)(comma - at);
        int64_t named = 0;

        memcpy(item, at, length < sizeof item ? length : 0);
        if (text_to_int(item, &named) && named == version) {
            return true;
        }
        at = comma == NULL ? NULL : comma + 1;
    }
    return false;
}
