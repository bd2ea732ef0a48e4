/* order_peers.c - what the four hear and say, and when. */
#include "tests/unit/order_peers_books.h"

#include "common/id.h"
#include "common/text.h"
#include "proto/fulfillment.h"
#include "proto/inventory.h"
#include "proto/message_type.h"
#include "proto/payment.h"
#include "proto/registry.h"
#include "proto/shipping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

uint64_t peers_random(struct peers *peers, uint64_t below)
{
    peers->random ^= peers->random << 13;
    peers->random ^= peers->random >> 7;
    peers->random ^= peers->random << 17;
    return peers->random % below;
}

bool peers_chance(struct peers *peers, uint64_t percent)
{
    return !peers->tame && peers_random(peers, 100) < percent;
}

static struct books *books_of(struct peers *peers, const char *order_id)
{
    for (size_t i = 0; i < peers->order_count; i++) {
        if (strcmp(peers->books[i].order_id, order_id) == 0) {
            return &peers->books[i];
        }
    }
    fail_msg("no order %s", order_id);
    abort(); /* fail_msg does not return; the compiler cannot know */
}

void peers_know(struct peers *peers, const struct order_placed *placed)
{
    struct books *books = &peers->books[peers->order_count++];

    assert_true(peers->order_count <= PEER_ORDERS_MAX);
    *books = (struct books){ .order_id = placed->order_id, .order_no = placed->order_no };
    for (size_t i = 0; i < placed->lines_count; i++) {
        books->lines[books->line_count++] =
            (struct line_quantity){ placed->lines[i].line_no, placed->lines[i].sku,
                                    placed->lines[i].quantity };
    }
}

void peers_state(struct peers *peers, int peer, uint32_t type, const void *fact, size_t size)
{
    /* These answer no command: nobody has a reason to say them again. */
    bool once = type == MESSAGE_INVENTORY_TAKEN_BACK || type == MESSAGE_INVENTORY_ALLOCATED ||
                type == MESSAGE_FULFILLMENT_SHORTED;

    for (int times = !once && peers_chance(peers, 10) ? 2 : 1; times > 0; times--) {
        assert_true(peers->tails[peer] < PEER_QUEUE_MAX);
        peers->queues[peer][peers->tails[peer]++] =
            (struct order_step){ .message_type = type,
                                 .message = arena_copy(peers->bench->kept, fact, size),
                                 .id = "fact" };
    }
}
const char *peers_child(struct peers *peers, const struct books *books, char letter, int64_t no)
{
    return text_format(peers->bench->kept, "%s", child_id_format(books->order_id, letter, no).text);
}

void peers_refuse(struct peers *peers, int peer, const struct said *command, const char *subject,
                  int reason)
{
    static const uint32_t types[PEER_COUNT] = { MESSAGE_INVENTORY_REFUSED, MESSAGE_PAYMENT_REFUSED,
                                                MESSAGE_FULFILLMENT_REFUSED,
                                                MESSAGE_SHIPMENT_REFUSED };
    struct books *books = books_of(peers, command->subject_id);
    /* The four are alike. */
    struct inventory_refused fact = { HEAD(books), .command = message_infos[command->type].type,
                                      .subject_id = subject,
                                      .reason = (enum refused_reason)reason };

    STATE(peers, peer, types[peer], fact);
}

bool peers_too_late(const struct peers *peers, const struct said *command)
{
    int64_t until = message_valid_until((enum message_type)command->type, command->message);

    return until != 0 && peers->bench->now > until;
}

static const struct {
    const char *topic;
    void (*does)(struct peers *peers, struct books *books, const struct said *command);
} all[PEER_COUNT] = {
    [PEER_INVENTORY] = { "inventory.commands", inventory_does },
    [PEER_PAYMENT] = { "payment.commands", payment_does },
    [PEER_FULFILLMENT] = { "fulfillment.commands", fulfillment_does },
    [PEER_SHIPPING] = { "shipping.commands", shipping_does },
};

bool peers_work(struct peers *peers, int peer)
{
    while (peers->cursors[peer] < peers->bench->said_count) {
        struct said command = peers->bench->said[peers->cursors[peer]++];

        if (command.type != MESSAGE_NONE &&
            strcmp(message_infos[command.type].topic, all[peer].topic) == 0) {
            struct books *books = books_of(peers, command.subject_id);
            int64_t clock = message_clock((enum message_type)command.type, command.message);

            books->clock = books->clock > clock ? books->clock : clock;
            all[peer].does(peers, books, &command);
            return true;
        }
    }
    return false;
}

bool peers_live(struct peers *peers)
{
    struct books *books = &peers->books[peers_random(peers, peers->order_count)];
    bool stock = stock_lives(peers, books), money = money_lives(peers, books);

    return parcels_live(peers, books) || stock || money;
}

bool peers_next(struct peers *peers, int peer, struct order_step *ret)
{
    if (peers->heads[peer] == peers->tails[peer]) {
        return false;
    }
    *ret = peers->queues[peer][peers->heads[peer]++];
    return true;
}

bool peers_are_heard(const struct peers *peers)
{
    for (int peer = 0; peer < PEER_COUNT; peer++) {
        if (peers->heads[peer] < peers->tails[peer]) {
            return false;
        }
    }
    return true;
}
