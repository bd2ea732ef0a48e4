/* erase.c - forgets who parcels went to and who signed for them. */
#include "services/shipping/erase.h"

#include "common/id.h"
#include "services/shipping/sending.h"

void shipment_erase_need(const struct incoming_message *in, struct rows *rows)
{
    sending_want(rows, in->subject.id);
    rows_want(rows, &shipment_parcel_table, key_number(in->subject.number));
}

static void forget_shipments(struct rows *rows, const char *order_id)
{
    unsigned char bytes[ORDER_ID_BYTES];

    if (!order_id_parse(order_id, bytes)) {
        return; /* nothing was wanted by it either */
    }
    struct key order = key_bytes((struct bytes){ bytes, sizeof bytes });

    for (void **at = rows_list(rows, &shipment_table, order); *at != NULL; at++) {
        struct shipment_row *shipment = *at;

        shipment->consignee = CONSIGNEE_ERASED;
        rows_update(rows, &shipment_table, shipment);
    }
}

void on_shipment_erase(struct decision *out, const struct incoming_message *in)
{
    struct key order = key_number(in->subject.number);

    forget_shipments(out->rows, in->subject.id);
    for (void **at = rows_list(out->rows, &shipment_parcel_table, order); *at != NULL; at++) {
        struct parcel_row *parcel = *at;

        parcel->signed_by = NULL;
        parcel->label_url = NULL; /* it shows the address */
        rows_update(out->rows, &shipment_parcel_table, parcel);
    }
}
