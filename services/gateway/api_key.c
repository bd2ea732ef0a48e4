/* api_key.c - takes an API key apart. */
#include "services/gateway/api_key.h"

#include "common/text.h"

#include <string.h>
#include <strings.h>

static const char prefix[] = "kvn_live_";

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") == length;
}

bool api_key_parse(const char *text, struct api_key *ret)
{
    if (!text_starts_with(text, prefix)) {
        return false;
    }
    const char *id = text + strlen(prefix);
    if (!is_hex(id, API_KEY_ID_LENGTH) || id[API_KEY_ID_LENGTH] != '_') {
        return false;
    }
    const char *secret = id + API_KEY_ID_LENGTH + 1;
    if (!is_hex(secret, API_KEY_SECRET_LENGTH) || secret[API_KEY_SECRET_LENGTH] != '\0') {
        return false;
    }
    *ret = (struct api_key){ .id = "" };
    memcpy(ret->id, id, API_KEY_ID_LENGTH);
    memcpy(ret->secret, secret, API_KEY_SECRET_LENGTH);
    return true;
}

const char *bearer_credentials(const char *header)
{
    static const char scheme[] = "bearer";
    size_t length = strlen(scheme);

    if (header == NULL || strncasecmp(header, scheme, length) != 0 || header[length] != ' ') {
        return NULL;
    }
    const char *credentials = header + length + strspn(header + length, " ");
    return *credentials == '\0' ? NULL : credentials;
}
