/* webhook.c - understands a webhook and hands it to the rules of tracking numbers. */
#include "services/shipping/webhook.h"

#include "common/text.h"
#include "services/shipping/easypost.h"

static enum easypost_reading read_webhook(struct arena *arena, const struct incoming_message *in,
                                          struct carrier_event *ret)
{
    const struct shipping_webhook *message = in->message;

    return text_equal(message->webhook.provider, "easypost")
               ? easypost_webhook_read(arena, message->webhook.body, ret)
               : EASYPOST_OTHER;
}

const char *webhook_lane_key(struct arena *arena, const struct incoming_message *in)
{
    struct carrier_event event;

    return read_webhook(arena, in, &event) == EASYPOST_TRACKER ? event.tracking_number : NULL;
}

void webhook_need(const struct incoming_message *in, struct rows *rows)
{
    carrier_event_need(in->subject.id, rows);
}

void on_webhook(struct decision *out, const struct incoming_message *in)
{
    struct carrier_event event;

    switch (read_webhook(out->arena, in, &event)) {
    case EASYPOST_TRACKER:
        on_carrier_event(out, in->message, &event);
        break;
    case EASYPOST_GARBLED:
        decide_impossible(out, "the webhook's body is not what the carrier should send");
        break;
    case EASYPOST_OTHER:
        break;
    }
}
