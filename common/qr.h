/* qr.h - a text as a QR code (ISO/IEC 18004), over libqrencode: dark and light modules, to be drawn.  Thread-safe. */
#ifndef KERVAN_COMMON_QR_H
#define KERVAN_COMMON_QR_H

#include "common/err.h"

struct qr {
    const unsigned char *modules; /* row by row; 1: dark */
    int size;                     /* in a row; 4 more on each side are to stay light */
};

enum { QR_LIGHT_MODULES = 4 };

/* UTF-8, with error correction M; the smallest code that holds it, in ctx's arena.  ERR_RETRY: there was no memory; ERR_FATAL: it is
 * too long. */
enum err qr_encode(struct ctx *ctx, const char *text, struct qr *ret) MUST_USE;

#endif
