/* item_line.c - one line of POST /v1/items/bulk: an item with its stock becomes a request of the inventory.
 *
 * A line is sent when it begins and its reply is looked for when it ends: hundreds are under way on one thread, so that
 * inventory never waits for lines, and takes as many of them in a batch as it can.
 */
#include "services/gateway/bulk.h"
#include "services/gateway/bulk_lines.h"

#include "proto/inventory.h"
#include "proto/inventory_codec.h"
#include "services/gateway/identity.h"
#include "services/gateway/outgoing.h"

enum {
    WAIT_S = 5,
    LINES_UNDER_WAY_MAX = 1024, /* two batches of inventory */
    STATUS_ACCEPTED = 202,
    STATUS_PROBLEM = 400
};

struct item_work {
    struct item_import item;
    struct request_id id;
    struct outgoing outgoing;
    struct sending *sending; /* NULL: the line was answered when it began */
};

static struct request_id name_line(const struct bulk_place *place)
{
    const struct request_name name = { call_principal(&place->call), "POST", ITEM_BULK_PATH, "key",
                                       place->key };

    return place->key == NULL ? request_id_mint() : request_id_of(&name);
}

static void begin_item_line(struct bulk_place *place)
{
    struct item_work *work = arena_alloc(place->ctx.arena, sizeof *work);
    struct violations violations = { .count = 0 };

    place->worker = work;
    if (item_import_decode(place->ctx.arena, place->request.body, place->request.body_length,
                           &work->item, &violations) != OK) {
        call_refuse_body(&place->call, &violations, "");
        return;
    }
    place->told.sku = work->item.sku;
    work->id = name_line(place);
    work->outgoing = (struct outgoing){ .owner = OWNER_INVENTORY,
                                        .type = MESSAGE_ITEM_IMPORT,
                                        .message = &work->item,
                                        .key = work->item.sku,
                                        .id = work->id.text,
                                        .wait_s = WAIT_S };
    work->sending = outgoing_begin(&place->call, &work->outgoing);
}

static void end_item_line(struct bulk_place *place)
{
    struct item_work *work = place->worker;
    const struct call *call = &place->call;
    struct gateway_reply reply;

    if (work->sending == NULL) {
        return;
    }
    enum sent sent = outgoing_end(call, work->sending, &reply);
    if (sent == SENT_REPLIED && reply.status >= STATUS_PROBLEM) {
        call_refuse_reply(call, &reply);
    } else if (sent != SENT_NOT) {
        call->answer->status = sent == SENT_REPLIED ? (int)reply.status : STATUS_ACCEPTED;
    }
}

const struct line_kind item_lines = { LINES_UNDER_WAY_MAX, begin_item_line, end_item_line, NULL };
