/* qr.c - libqrencode's code, one byte a module. */
#include "common/qr.h"

#include "common/arena.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

enum { DARK = 1 }; /* the other bits say what a module is for */

enum err qr_encode(struct ctx *ctx, const char *text, struct qr *ret)
{
    QRcode *code =
        QRcode_encodeData((int)strlen(text), (const unsigned char *)text, 0, QR_ECLEVEL_M);

    if (code == NULL) {
        return errno == ENOMEM ? err_set(ctx, ERR_RETRY, "no memory for a QR code")
                               : err_set(ctx, ERR_FATAL, "too long for a QR code");
    }
    size_t count = (size_t)code->width * (size_t)code->width;
    unsigned char *modules = arena_alloc(ctx->arena, count);

    for (size_t i = 0; i < count; i++) {
        modules[i] = code->data[i] & DARK;
    }
    *ret = (struct qr){ modules, code->width };
    QRcode_free(code);
    return OK;
}
