/* printer.c - papers that say which call they are of. */
#include "tests/sim/printer.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"

#include <string.h>

static const char *paper(struct sim *sim, const struct outside_call *call, const char *kind)
{
    struct arena *arena = sim->ctx.arena;
    const char *name = call->request.path + 1; /* "/invoice" */
    const char *text = text_format(arena, "%s %s %lld", kind, call->key, (long long)call->id);
    unsigned char digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];

    sha256(text, strlen(text), digest);
    text_hex(digest, sizeof digest, hex);
    return text_format(arena,
                       "{\"name\":\"%s.%s\",\"media_type\":\"application/%s\","
                       "\"sha256\":\"%s\",\"content\":\"%s\"}",
                       name, kind, kind, hex, base64_encode(arena, text, strlen(text)));
}

struct answer printer_answer(struct sim *sim, const struct outside_call *call)
{
    return (struct answer){ 200, text_format(sim->ctx.arena, "{\"papers\":[%s,%s]}",
                                             paper(sim, call, "pdf"), paper(sim, call, "xml")) };
}
