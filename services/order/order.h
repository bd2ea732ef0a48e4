/* order.h - the order service as data.
 *
 * All of it is constant but what it reads: a topic of its own for each channel that speaks Kafka,
 * so that the topic, and who may write to it, is the channel.
 */
#ifndef KERVAN_ORDER_ORDER_H
#define KERVAN_ORDER_ORDER_H

#include "common/err.h"
#include "common/service.h"

/* The service with the topics of these channels, comma-separated ("web,phone"; may be empty), in ctx's arena.
 * ERR_FATAL with a detail when one cannot be a channel, comes twice, or there are too many. */
enum err order_service(struct ctx *ctx, const char *channels, struct service *ret) MUST_USE;

#endif
