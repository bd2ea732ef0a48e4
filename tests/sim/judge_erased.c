/* judge_erased.c - who was erased is erased everywhere: the order service's rows, and those of everybody it told. */
#include "common/text.h"
#include "tests/sim/judge.h"

/* Columns that say whose an order was. */
static const struct personal {
    const char *table, *names; /* the key first */
    enum service_index service;
    bool empty; /* it may be "" then */
} personal[] = {
    { "order_contact", "order_no name", SIM_ORDER, false },
    { "order_contact", "order_no email", SIM_ORDER, false },
    { "order_contact", "order_no ship_line1", SIM_ORDER, false },
    { "order_contact", "order_no payment_token", SIM_ORDER, false },
    { "hold", "order_no note", SIM_ORDER, false },
    { "order_edit", "order_no note", SIM_ORDER, false },
    { "orders", "order_no payment_action_url", SIM_ORDER, false },
    { "payment", "order_no action_url", SIM_PAYMENT, true },
    { "payment_request", "order_no note", SIM_PAYMENT, false },
    { "fulfillment", "order_no ship_to", SIM_FULFILLMENT, false },
    { "fulfillment", "order_no note", SIM_FULFILLMENT, false },
    { "fulfillment", "order_no place_note", SIM_FULFILLMENT, false },
    { "shipment", "order_no consignee", SIM_SHIPPING, true },
    { "parcel", "order_no signed_by", SIM_SHIPPING, false },
    { "parcel", "order_no label_url", SIM_SHIPPING, false },
    { "contact", "order_no name", SIM_NOTIFICATION, true },
    { "contact", "order_no email", SIM_NOTIFICATION, false },
    { "customer_message", "order_no url", SIM_NOTIFICATION, false },
};
enum { PERSONAL_COUNT = sizeof personal / sizeof personal[0] };

static void judge_column(struct sim *sim, size_t which, const struct sums *erased)
{
    static struct view views[PERSONAL_COUNT];
    const struct personal *of = &personal[which];
    const struct view *view = view_once(&views[which], of->service, of->table, of->names);
    size_t count = 0;
    void **rows = view_rows(sim, of->service, view, &count);

    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(view, rows[i], 0);
        const char *left = view_text(view, rows[i], 1);
        bool gone = left == NULL || (of->empty && *left == '\0');

        if (!gone && sums_get(erased, sums_name(sim, order_no, 0, NULL)) > 0) {
            judge_find_order(sim, order_no, "is erased, and %s (%s) says \"%s\"", of->table,
                             of->names, left == NULL ? "" : left);
        }
    }
}

void judge_erased(struct sim *sim)
{
    static struct view done, asked;
    struct sums erased = { 0 };
    size_t count = 0;

    (void)view_once(&done, SIM_ORDER, "order_erasure", "order_no");
    (void)view_once(&asked, SIM_ORDER, "customer_erasure_order", "order_no");
    void **rows = view_rows(sim, SIM_ORDER, &done, &count);
    for (size_t i = 0; i < count; i++) {
        sums_add(sim, &erased, sums_name(sim, view_int(&done, rows[i], 0), 0, NULL), 1);
    }
    rows = view_rows(sim, SIM_ORDER, &asked, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t order_no = view_int(&asked, rows[i], 0);

        if (sums_get(&erased, sums_name(sim, order_no, 0, NULL)) == 0) {
            judge_find_order(sim, order_no, "was to be erased, and is not");
        }
    }
    for (size_t i = 0; i < PERSONAL_COUNT; i++) {
        judge_column(sim, i, &erased);
    }
}
