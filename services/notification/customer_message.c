/* customer_message.c - what a customer is told, and that each fact is told once. */
#include "services/notification/customer_message.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/money.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "proto/order.h"
#include "proto/shipping.h"
#include "services/notification/letter.h"
#include "services/notification/mime.h"
#include "services/notification/tables.h"

#include <string.h>

/* Older news is not told: a service that reads its topics from the beginning wakes up nobody. */
#define LATE_MS (INT64_C(7) * 24 * 3600 * 1000)

enum { STATE_COUNT = NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE + 1 };

#define WAITING       NOTIFICATION_MESSAGE_STATE_WAITING
#define SENDING       NOTIFICATION_MESSAGE_STATE_SENDING
#define TOLD          NOTIFICATION_MESSAGE_STATE_TOLD
#define UNDELIVERABLE NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE

static const enum notification_message_state next_state[STATE_COUNT][TELLING_INPUT_COUNT] = {
    [NOTIFICATION_MESSAGE_STATE_ABSENT] = { [TELLING_TOO_EARLY] = WAITING,
                                            [TELLING_POSSIBLE] = SENDING,
                                            [TELLING_IMPOSSIBLE] = UNDELIVERABLE },
    [WAITING] = { [TELLING_POSSIBLE] = SENDING, [TELLING_IMPOSSIBLE] = UNDELIVERABLE },
    [SENDING] = { [TELLING_ACCEPTED] = TOLD, [TELLING_REFUSED] = UNDELIVERABLE },
};

enum notification_message_state message_next(enum notification_message_state state,
                                             enum telling_input input)
{
    return next_state[state][input];
}

/* A fact as a message, with the lines that it lists. */
struct news {
    struct customer_message_row row;
    const struct notification_mail_line *lines;
    size_t line_count; /* row.line_count counts those that are not listed, too */
};

static const char *shipment_id(struct arena *arena, struct subject subject, int64_t shipment_no)
{
    if (shipment_no == 0) {
        return NULL;
    }
    struct child_id_text id = child_id_format(subject.id, 'S', shipment_no);

    return arena_copy_text(arena, id.text, strlen(id.text));
}

static void state_told(struct decision *out, struct subject subject,
                       const struct customer_message_row *row)
{
    const struct notification_told fact = {
        .order_id = subject.id,
        .order_no = subject.number,
        .clock = out->clock + 1,
        .message = (enum customer_message)row->kind,
        .shipment_id = shipment_id(out->arena, subject, row->shipment_no),
        .way = MESSAGE_WAY_EMAIL,
        .told_at = out->now,
    };

    decide_emit(out, subject, MESSAGE_NOTIFICATION_TOLD, &fact, sizeof fact);
}

static void state_undeliverable(struct decision *out, struct subject subject,
                                const struct customer_message_row *row)
{
    const struct notification_undeliverable fact = {
        .order_id = subject.id,
        .order_no = subject.number,
        .clock = out->clock + 1,
        .message = (enum customer_message)row->kind,
        .shipment_id = shipment_id(out->arena, subject, row->shipment_no),
        .reason = (enum undeliverable_reason)row->reason,
        .given_up_at = out->now,
    };

    decide_emit(out, subject, MESSAGE_NOTIFICATION_UNDELIVERABLE, &fact, sizeof fact);
}

/* Why a message cannot be told; ABSENT when it can. */
static enum undeliverable_reason obstacle(const struct contact_row *contact,
                                          const struct customer_message_row *row, int64_t now)
{
    if (contact->email == NULL) {
        return UNDELIVERABLE_REASON_NO_ADDRESS;
    }
    if (!mime_is_address(contact->email)) {
        return UNDELIVERABLE_REASON_BAD_ADDRESS;
    }
    return now - row->happened_at > LATE_MS ? UNDELIVERABLE_REASON_LATE
                                            : UNDELIVERABLE_REASON_ABSENT;
}

/* The identity of a mail, for ever: "ord_....shipped.1". */
static const char *mail_key(struct arena *arena, struct subject subject,
                            const struct customer_message_row *row)
{
    const char *word = letter_word((enum customer_message)row->kind);

    return row->shipment_no == 0
               ? text_format(arena, "%s.%s", subject.id, word)
               : text_format(arena, "%s.%s.%lld", subject.id, word, (long long)row->shipment_no);
}

static void send_mail(struct decision *out, struct subject subject,
                      const struct contact_row *contact, const struct news *news)
{
    const struct customer_message_row *row = &news->row;
    const struct notification_mail mail = {
        .order_id = subject.id,
        .order_no = subject.number,
        .message = (enum customer_message)row->kind,
        .shipment_no = row->shipment_no,
        .email = contact->email,
        .name = contact->name,
        .locale = contact->locale,
        .channel_order_ref = contact->channel_order_ref,
        .decided_at = out->now,
        .happened_at = row->happened_at,
        .currency = row->currency,
        .total_minor = row->total_minor,
        .shipping_price_minor = row->shipping_price_minor,
        .tax_minor = row->tax_minor,
        .lines = news->lines,
        .lines_count = news->line_count,
        .more_lines = row->line_count - (int64_t)news->line_count,
        .carrier = row->carrier,
        .tracking_number = row->tracking_number,
    };
    const struct effect_request request = { .kind = MAIL_EFFECT,
                                            .key = mail_key(out->arena, subject, row),
                                            .subject = subject,
                                            .payload = &mail };

    decide_effect(out, &request, sizeof mail);
}

/* Moves a message that is there or about to be to where the input leads; false when nothing happens. */
static bool move(struct customer_message_row *row, enum telling_input input, int64_t now)
{
    enum notification_message_state next =
        message_next((enum notification_message_state)row->state, input);

    if (next == NOTIFICATION_MESSAGE_STATE_ABSENT) {
        return false;
    }
    row->state = next;
    row->changed_at = now;
    return true;
}

/* Both the fact and the contact are known. */
static void tell(struct decision *out, struct subject subject, const struct contact_row *contact,
                 struct news *news)
{
    struct customer_message_row *row = &news->row;

    row->reason = obstacle(contact, row, out->now);
    if (row->reason != UNDELIVERABLE_REASON_ABSENT) {
        (void)move(row, TELLING_IMPOSSIBLE, out->now);
        state_undeliverable(out, subject, row);
    } else {
        (void)move(row, TELLING_POSSIBLE, out->now);
        send_mail(out, subject, contact, news);
    }
}

static struct customer_message_row *find_message(const struct rows *rows, int64_t order_no,
                                                 int64_t kind, int64_t shipment_no)
{
    void **at = rows_list(rows, &customer_message_table, key_number(order_no));

    for (; *at != NULL; at++) {
        struct customer_message_row *row = *at;

        if (row->kind == kind && row->shipment_no == shipment_no) {
            return row;
        }
    }
    return NULL;
}

static void keep_lines(struct decision *out, const struct news *news)
{
    for (size_t i = 0; i < news->line_count; i++) {
        const struct early_line_row row = { .order_no = news->row.order_no,
                                            .line_no = (int64_t)i + 1,
                                            .quantity = news->lines[i].quantity,
                                            .price_minor = news->lines[i].price_minor,
                                            .sku = news->lines[i].sku };

        rows_insert(out->rows, &early_line_table, &row);
    }
}

/* A fact for the customer; one that was heard before is passed over in silence. */
static void hear(struct decision *out, struct subject subject, struct news *news)
{
    struct customer_message_row *row = &news->row;

    row->order_no = subject.number;
    row->clock = out->clock;
    if (find_message(out->rows, row->order_no, row->kind, row->shipment_no) != NULL) {
        return;
    }
    const struct contact_row *contact =
        rows_find(out->rows, &customer_contact_table, key_number(subject.number));
    if (contact != NULL) {
        tell(out, subject, contact, news);
    } else {
        (void)move(row, TELLING_TOO_EARLY, out->now);
        keep_lines(out, news);
    }
    rows_insert(out->rows, &customer_message_table, row);
}

/* False, and the message is parked, when its key and its body name two orders. */
static bool is_of_order(struct decision *out, struct subject subject, const char *order_id)
{
    bool same = text_equal(subject.id, order_id) && subject.number > 0;

    if (!same) {
        decide_impossible(out, "key \"%s\" and order \"%s\" with number %lld are not one order",
                          subject.id, order_id, (long long)subject.number);
    }
    return same;
}

void fact_need(const struct incoming_message *in, struct rows *rows)
{
    rows_want(rows, &customer_contact_table, key_number(in->subject.number));
    rows_want(rows, &customer_message_table, key_number(in->subject.number));
}

/* What a line costs; an amount that is out of range was refused when the order was placed. */
static int64_t line_price(const struct order_placed_line *line)
{
    int64_t price_minor = 0;

    if (!money_multiply(line->unit_price_minor, line->quantity, &price_minor)) {
        return 0;
    }
    return price_minor > line->discount_minor ? price_minor - line->discount_minor : 0;
}

static int64_t tax_on_top(const struct order_placed *placed)
{
    int64_t tax_minor = 0;

    for (size_t i = 0; placed->tax_mode == TAX_MODE_EXCLUSIVE && i < placed->lines_count; i++) {
        (void)money_add(&tax_minor, placed->lines[i].tax_minor);
    }
    return tax_minor;
}

void on_order_placed(struct decision *out, const struct incoming_message *in)
{
    const struct order_placed *placed = in->message;
    size_t count = placed->lines_count < LETTER_LINES_MAX ? placed->lines_count : LETTER_LINES_MAX;
    struct notification_mail_line *lines = arena_alloc(out->arena, count * sizeof *lines);
    struct news news = {
        .row = { .kind = CUSTOMER_MESSAGE_RECEIVED,
                 .happened_at = placed->placed_at,
                 .line_count = (int64_t)placed->lines_count,
                 .currency = placed->currency,
                 .total_minor = placed->total_minor,
                 .shipping_price_minor = placed->shipping_price_minor,
                 .tax_minor = tax_on_top(placed) },
        .lines = lines,
        .line_count = count,
    };

    for (size_t i = 0; i < count; i++) {
        const struct order_placed_line *line = &placed->lines[i];

        lines[i] = (struct notification_mail_line){ line->sku, line->quantity, line_price(line) };
    }
    if (is_of_order(out, in->subject, placed->order_id)) {
        hear(out, in->subject, &news);
    }
}

void on_order_confirmed(struct decision *out, const struct incoming_message *in)
{
    const struct order_confirmed *confirmed = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_CONFIRMED,
                                  .happened_at = confirmed->confirmed_at,
                                  .currency = confirmed->currency,
                                  .total_minor = confirmed->total_minor } };

    if (is_of_order(out, in->subject, confirmed->order_id)) {
        hear(out, in->subject, &news);
    }
}

/* However an order ends early, the customer is told that nothing more will come. */
static void hear_end(struct decision *out, const struct incoming_message *in, const char *order_id,
                     int64_t happened_at)
{
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_CANCELED, .happened_at = happened_at } };

    if (is_of_order(out, in->subject, order_id)) {
        hear(out, in->subject, &news);
    }
}

void on_order_canceled(struct decision *out, const struct incoming_message *in)
{
    const struct order_canceled *canceled = in->message;

    hear_end(out, in, canceled->order_id, canceled->canceled_at);
}

void on_order_expired(struct decision *out, const struct incoming_message *in)
{
    const struct order_expired *expired = in->message;

    hear_end(out, in, expired->order_id, expired->expired_at);
}

void on_order_rejected(struct decision *out, const struct incoming_message *in)
{
    const struct order_rejected *rejected = in->message;

    if (rejected->reason == ORDER_REJECTED_REASON_OUT_OF_STOCK) {
        hear_end(out, in, rejected->order_id, rejected->rejected_at);
    }
}

/* News about a consignment; its counter tells it from the order's other ones. */
static void hear_of_shipment(struct decision *out, const struct incoming_message *in,
                             const char *order_id, const char *shipment, struct news *news)
{
    struct order_id_text owner;

    if (!is_of_order(out, in->subject, order_id)) {
        return;
    }
    news->row.shipment_no = child_id_counter(shipment, 'S');
    if (news->row.shipment_no == 0 || !child_id_order(shipment, &owner) ||
        strcmp(owner.text, order_id) != 0) {
        decide_impossible(out, "shipment \"%s\" is none of order \"%s\"", shipment, order_id);
        return;
    }
    hear(out, in->subject, news);
}

void on_shipment_shipped(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_shipped *shipped = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_SHIPPED,
                                  .happened_at = shipped->shipped_at,
                                  .carrier = shipped->carrier,
                                  .tracking_number = shipped->tracking_number } };

    hear_of_shipment(out, in, shipped->order_id, shipped->shipment_id, &news);
}

void on_shipment_delivered(struct decision *out, const struct incoming_message *in)
{
    const struct shipment_delivered *delivered = in->message;
    struct news news = { .row = { .kind = CUSTOMER_MESSAGE_DELIVERED,
                                  .happened_at = delivered->delivered_at } };

    hear_of_shipment(out, in, delivered->order_id, delivered->shipment_id, &news);
}

void contact_need(const struct incoming_message *in, struct rows *rows)
{
    fact_need(in, rows);
    rows_want(rows, &early_line_table, key_number(in->subject.number));
}

/* The lines that waited with a message, which no longer need to be kept. */
static void take_lines(struct decision *out, struct news *news)
{
    void **rows = rows_list(out->rows, &early_line_table, key_number(news->row.order_no));
    struct notification_mail_line *lines =
        arena_alloc(out->arena, LETTER_LINES_MAX * sizeof *lines);

    for (; *rows != NULL && news->line_count < LETTER_LINES_MAX; rows++) {
        const struct early_line_row *row = *rows;

        lines[news->line_count++] =
            (struct notification_mail_line){ row->sku, row->quantity, row->price_minor };
        rows_remove(out->rows, &early_line_table, *rows);
    }
    news->lines = lines;
}

static bool is_before(const struct customer_message_row *left,
                      const struct customer_message_row *right)
{
    if (left->clock != right->clock) {
        return left->clock < right->clock;
    }
    return left->kind != right->kind ? left->kind < right->kind
                                     : left->shipment_no < right->shipment_no;
}

/* Of the messages that wait the one that happened first, or NULL. */
static struct customer_message_row *first_waiting(const struct rows *rows, int64_t order_no)
{
    void **at = rows_list(rows, &customer_message_table, key_number(order_no));
    struct customer_message_row *first = NULL;

    for (; *at != NULL; at++) {
        struct customer_message_row *row = *at;

        if (row->state == WAITING && (first == NULL || is_before(row, first))) {
            first = row;
        }
    }
    return first;
}

static const struct contact_row *keep_contact(struct decision *out,
                                              const struct notification_contact *contact)
{
    struct contact_row *row =
        rows_find(out->rows, &customer_contact_table, key_number(contact->order_no));
    unsigned char *order_id = arena_alloc(out->arena, ORDER_ID_BYTES);

    if (!order_id_parse(contact->order_id, order_id)) {
        decide_impossible(out, "\"%s\" is no order id", contact->order_id);
        return NULL;
    }
    const struct contact_row news = { .order_no = contact->order_no,
                                      .clock = contact->clock,
                                      .order_id = { order_id, ORDER_ID_BYTES },
                                      .channel = contact->channel,
                                      .name = contact->name,
                                      .email = contact->email,
                                      .locale = contact->locale,
                                      .channel_order_ref = contact->channel_order_ref };
    if (row == NULL) {
        return rows_insert(out->rows, &customer_contact_table, &news);
    }
    if (news.clock > row->clock) {
        *row = news;
        rows_update(out->rows, &customer_contact_table, row);
    }
    return row;
}

/* What is decided now is later than all that waited. */
static void raise_clock(struct decision *out, int64_t order_no)
{
    void **at = rows_list(out->rows, &customer_message_table, key_number(order_no));

    for (; *at != NULL; at++) {
        const struct customer_message_row *row = *at;

        if (row->state == WAITING && out->clock < row->clock) {
            out->clock = row->clock;
        }
    }
}

void on_contact(struct decision *out, const struct incoming_message *in)
{
    const struct notification_contact *contact = in->message;
    struct customer_message_row *row = NULL;

    if (!is_of_order(out, in->subject, contact->order_id)) {
        return;
    }
    const struct contact_row *known = keep_contact(out, contact);
    raise_clock(out, contact->order_no);
    while (known != NULL && (row = first_waiting(out->rows, contact->order_no)) != NULL) {
        struct news news = { .row = *row };

        if (row->line_count > 0) {
            take_lines(out, &news);
        }
        tell(out, in->subject, known, &news);
        *row = news.row;
        rows_update(out->rows, &customer_message_table, row);
    }
}

void mail_need(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &customer_message_table, key_number(in->subject.number));
}

void on_mail_end(struct decision *out, const struct incoming_result *in)
{
    const struct notification_mail *mail = in->payload;
    const struct mail_end *end = in->result;
    struct customer_message_row *row =
        find_message(out->rows, mail->order_no, mail->message, mail->shipment_no);

    if (row == NULL || !move(row, end->accepted ? TELLING_ACCEPTED : TELLING_REFUSED, out->now)) {
        return;
    }
    row->attempts = in->attempts;
    if (end->accepted) {
        state_told(out, in->subject, row);
    } else {
        row->reason = UNDELIVERABLE_REASON_REFUSED;
        state_undeliverable(out, in->subject, row);
    }
    rows_update(out->rows, &customer_message_table, row);
}
