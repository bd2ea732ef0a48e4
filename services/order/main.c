/* main.c - runs the order service, with a topic for each channel that KERVAN_CHANNELS names.
 *
 * The channels are part of what the service is, so they are read before its settings, and from the
 * environment alone.
 */
#include "services/order/order.h"

#include "common/arena.h"
#include "common/log.h"

#include <stdlib.h>
#include <sysexits.h>

enum { ARENA_BYTES = 1 << 16 };

int main(int argc, char **argv)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing has started a thread yet */
    const char *channels = getenv("KERVAN_CHANNELS");
    /* Static: they live as long as the process. */
    static struct service service;
    static struct ctx ctx;

    ctx.arena = arena_new(ARENA_BYTES);
    log_init("order", "order", LOG_LEVEL_INFO);
    if (order_service(&ctx, channels == NULL ? "web" : channels, &service) != OK) {
        log_error("wrong settings", LOG_TEXT("detail", ctx.detail));
        return EX_CONFIG;
    }
    return service_main(&service, argc, argv);
}
