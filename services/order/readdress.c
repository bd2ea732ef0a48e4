/* readdress.c - takes another delivery address for an order. */
#include "services/order/readdress.h"

#include "common/reply.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/announce.h"
#include "services/order/channel.h"
#include "services/order/commands.h"
#include "services/order/hold.h"
#include "services/order/reply.h"
#include "services/order/request.h"
#include "services/order/screening.h"
#include "services/order/shares.h"

static bool is_the_same(const struct contact_row *contact, const struct postal_address *to)
{
    return text_equal(contact->ship_name, to->name) &&
           text_equal(contact->ship_company, to->company) &&
           text_equal(contact->ship_line1, to->line1) &&
           text_equal(contact->ship_line2, to->line2) && text_equal(contact->ship_city, to->city) &&
           text_equal(contact->ship_region, to->region) &&
           text_equal(contact->ship_postal_code, to->postal_code) &&
           text_equal(contact->ship_country, to->country);
}

void contact_goes_to(struct contact_row *contact, const struct postal_address *to)
{
    contact->ship_name = to->name;
    contact->ship_company = to->company;
    contact->ship_line1 = to->line1;
    contact->ship_line2 = to->line2;
    contact->ship_city = to->city;
    contact->ship_region = to->region;
    contact->ship_postal_code = to->postal_code;
    contact->ship_country = to->country;
}

void readdress(struct saga *saga, const struct postal_address *to)
{
    struct contact_row *contact =
        rows_find(saga->out->rows, &order_contact_table, key_number(saga->order->order_no));

    if (contact != NULL && saga->order->ended_at == 0) {
        contact_goes_to(contact, to);
        rows_update(saga->out->rows, &order_contact_table, contact);
    }
}

/* NULL: it may go elsewhere. */
static const char *why_too_late(const struct saga *saga)
{
    if (saga->order->ended_at != 0) {
        return "the order is over";
    }
    return shares_any_packed(saga) ? "some of it is packed" : NULL;
}

/* Price, tax and what may be sent were settled for the country. */
static bool fits(struct decision *out, const struct incoming_message *in,
                 const struct contact_row *contact, const struct postal_address *to)
{
    struct field_error fault;

    if (!text_equal(contact->ship_country, to->country)) {
        reply_invalid(out, in, "/country", "is another country than the order's");
        return false;
    }
    if (screening_address_fault(out->arena, to, &fault)) {
        reply_invalid(out, in, fault.pointer, fault.detail);
        return false;
    }
    return true;
}

static void change(struct saga *saga, const struct postal_address *to)
{
    readdress(saga, to);
    amend_shares(saga, tell_address);
    announce_readdressed(saga);
    hold_release_of(saga, HOLD_REASON_ADDRESS);
    saga_end(saga);
}

void on_order_readdress(struct decision *out, const struct incoming_message *in)
{
    const struct order_readdress *request = in->message;
    struct saga saga;

    if (!order_request_begin(out, in, &saga)) {
        return;
    }
    const struct contact_row *contact =
        rows_find(out->rows, &order_contact_table, key_number(saga.order->order_no));
    if (contact != NULL && is_the_same(contact, &request->body)) {
        order_reply_done(&saga, &in->reply, 200, saga.subject.id); /* made before, most likely */
        return;
    }
    const char *too_late = contact == NULL ? "the order was refused" : why_too_late(&saga);
    if (reply_stale(out, in, saga.order->clock)) {
        return;
    }
    if (too_late == NULL && channel_window_is_over(&saga, in)) {
        too_late = CHANNEL_WINDOW_DETAIL;
    }
    if (too_late != NULL) {
        order_reply_conflict(&saga, &in->reply, too_late);
    } else if (fits(out, in, contact, &request->body)) {
        change(&saga, &request->body);
        order_reply_done(&saga, &in->reply, 200, saga.subject.id);
    }
}
