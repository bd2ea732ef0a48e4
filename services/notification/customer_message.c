/* customer_message.c - the life of a message: it waits, is on its way, and is told once or not at all. */
#include "services/notification/customer_message.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/mutant.h"
#include "common/reached.h"
#include "common/text.h"
#include "proto/message_type.h"
#include "services/notification/letter.h"
#include "services/notification/mime.h"
#include "services/notification/news.h"
#include "services/notification/tables.h"

#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* Older news is not told: a service that reads its topics from the beginning wakes up nobody. */
#define LATE_MS (7 * DAY_MS)

enum { STATE_COUNT = NOTIFICATION_MESSAGE_STATE_SILENCED + 1 };

#define WAITING       NOTIFICATION_MESSAGE_STATE_WAITING
#define SENDING       NOTIFICATION_MESSAGE_STATE_SENDING
#define TOLD          NOTIFICATION_MESSAGE_STATE_TOLD
#define UNDELIVERABLE NOTIFICATION_MESSAGE_STATE_UNDELIVERABLE
#define SILENCED      NOTIFICATION_MESSAGE_STATE_SILENCED

static const enum notification_message_state next_state[STATE_COUNT][TELLING_INPUT_COUNT] = {
    [NOTIFICATION_MESSAGE_STATE_ABSENT] = { [TELLING_TOO_EARLY] = WAITING,
                                            [TELLING_POSSIBLE] = SENDING,
                                            [TELLING_IMPOSSIBLE] = UNDELIVERABLE,
                                            [TELLING_UNWANTED] = SILENCED },
    [WAITING] = { [TELLING_POSSIBLE] = SENDING,
                  [TELLING_IMPOSSIBLE] = UNDELIVERABLE,
                  [TELLING_UNWANTED] = SILENCED },
    [SENDING] = { [TELLING_ACCEPTED] = TOLD, [TELLING_REFUSED] = UNDELIVERABLE },
};

static bool message_has(int row, int column)
{
    return next_state[row][column] != NOTIFICATION_MESSAGE_STATE_ABSENT;
}
static const struct reached_table message_cells = {
    .name = "customer message",
    .rows = STATE_COUNT,
    .columns = TELLING_INPUT_COUNT,
    .has = message_has,
    .row_names = REACHED_NAMES(NOTIFICATION_MESSAGE_STATE_ABSENT, WAITING, SENDING),
    .column_names = REACHED_NAMES(TELLING_TOO_EARLY, TELLING_POSSIBLE, TELLING_IMPOSSIBLE,
                                  TELLING_UNWANTED, TELLING_ACCEPTED, TELLING_REFUSED),
};

enum notification_message_state message_next(enum notification_message_state state,
                                             enum telling_input input)
{
    reached(&message_cells, (int)state, (int)input);
    return next_state[state][input];
}

/* Of messages about a consignment. */
static const char *shipment_id(struct arena *arena, struct subject subject,
                               const struct customer_message_row *row)
{
    if (row->kind != CUSTOMER_MESSAGE_SHIPPED && row->kind != CUSTOMER_MESSAGE_PARTLY_SHIPPED &&
        row->kind != CUSTOMER_MESSAGE_DELIVERED) {
        return NULL;
    }
    struct child_id_text id = child_id_format(subject.id, 'S', row->event_no);

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
        .shipment_id = shipment_id(out->arena, subject, row),
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
        .shipment_id = shipment_id(out->arena, subject, row),
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

    return row->event_no == 0
               ? text_format(arena, "%s.%s", subject.id, word)
               : text_format(arena, "%s.%s.%lld", subject.id, word, (long long)row->event_no);
}

static void send_mail(struct decision *out, struct subject subject,
                      const struct contact_row *contact, const struct news *news)
{
    const struct customer_message_row *row = &news->row;
    const struct notification_mail mail = {
        .order_id = subject.id,
        .order_no = subject.number,
        .message = (enum customer_message)row->kind,
        .event_no = row->event_no,
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
        .amount_minor = row->amount_minor,
        .has_amount_minor = true,
        .until = row->until_at,
        .has_until = row->until_at != 0,
        .awaited = (enum notification_mail_awaited)row->awaited,
        .reference = row->reference,
        .url = row->url,
        .promised_from = row->promised_earliest * DAY_MS,
        .has_promised_from = row->promised_latest != 0,
        .promised_until = row->promised_latest * DAY_MS,
        .has_promised_until = row->promised_latest != 0,
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

static bool is_silenced(const struct contact_row *contact, const struct customer_message_row *row)
{
    return ((uint64_t)contact->silenced >> row->kind & 1U) != 0;
}

/* Both the fact and the contact are known, and nothing else of the order is on its way. */
static void tell(struct decision *out, struct subject subject, const struct contact_row *contact,
                 struct news *news)
{
    struct customer_message_row *row = &news->row;

    if (is_silenced(contact, row)) {
        (void)move(row, TELLING_UNWANTED, out->now);
        return;
    }
    row->reason = obstacle(contact, row, out->now);
    if (row->reason != UNDELIVERABLE_REASON_ABSENT) {
        (void)move(row, TELLING_IMPOSSIBLE, out->now);
        state_undeliverable(out, subject, row);
    } else {
        (void)move(row, TELLING_POSSIBLE, out->now);
        send_mail(out, subject, contact, news);
    }
}

struct customer_message_row *message_find(const struct rows *rows, int64_t order_no, int64_t kind,
                                          int64_t event_no)
{
    void **at = rows_list(rows, &customer_message_table, key_number(order_no));

    for (; *at != NULL; at++) {
        struct customer_message_row *row = *at;

        if (row->kind == kind && row->event_no == event_no) {
            return row;
        }
    }
    return NULL;
}

static void keep_lines(struct decision *out, const struct news *news)
{
    for (size_t i = 0; i < news->line_count; i++) {
        const struct early_line_row row = { .order_no = news->row.order_no,
                                            .kind = news->row.kind,
                                            .event_no = news->row.event_no,
                                            .line_no = (int64_t)i + 1,
                                            .quantity = news->lines[i].quantity,
                                            .price_minor = news->lines[i].price_minor,
                                            .sku = news->lines[i].sku };

        rows_insert(out->rows, &early_line_table, &row);
    }
}

/* A mail of the order is on its way: the others wait, so that they arrive in the order in which things happened. */
static bool is_busy(const struct rows *rows, int64_t order_no)
{
    void **at = rows_list(rows, &customer_message_table, key_number(order_no));

    while (*at != NULL && ((const struct customer_message_row *)*at)->state != SENDING) {
        at++;
    }
    return *at != NULL;
}

void message_hear(struct decision *out, struct subject subject, struct news *news)
{
    struct customer_message_row *row = &news->row;

    row->order_no = subject.number;
    row->clock = out->clock;
    if (!mutant("tell_twice") &&
        message_find(out->rows, row->order_no, row->kind, row->event_no) != NULL) {
        return;
    }
    const struct contact_row *contact =
        rows_find(out->rows, &customer_contact_table, key_number(subject.number));
    if (contact != NULL && !is_busy(out->rows, subject.number)) {
        tell(out, subject, contact, news);
    } else {
        (void)move(row, TELLING_TOO_EARLY, out->now);
        keep_lines(out, news);
    }
    rows_insert(out->rows, &customer_message_table, row);
}

bool message_is_of_order(struct decision *out, struct subject subject, const char *order_id)
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

        if (row->kind == news->row.kind && row->event_no == news->row.event_no) {
            lines[news->line_count++] =
                (struct notification_mail_line){ row->sku, row->quantity, row->price_minor };
            rows_remove(out->rows, &early_line_table, *rows);
        }
    }
    news->lines = lines;
}

static bool is_before(const struct customer_message_row *left,
                      const struct customer_message_row *right)
{
    if (left->clock != right->clock) {
        return left->clock < right->clock;
    }
    return left->kind != right->kind ? left->kind < right->kind : left->event_no < right->event_no;
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

/* A message that we do not know yet is not told anyway. */
static int64_t silenced_bits(const struct notification_contact *contact)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < contact->silenced_count; i++) {
        bits |= UINT64_C(1) << contact->silenced[i];
    }
    return (int64_t)bits;
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
                                      .channel_order_ref = contact->channel_order_ref,
                                      .silenced = silenced_bits(contact) };
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

/* What waits is told, one at a time, until one is on its way. */
static void tell_waiting(struct decision *out, struct subject subject,
                         const struct contact_row *contact)
{
    struct customer_message_row *row = NULL;

    while (!is_busy(out->rows, subject.number) &&
           (row = first_waiting(out->rows, subject.number)) != NULL) {
        struct news news = { .row = *row };

        if (row->line_count > 0) {
            take_lines(out, &news);
        }
        tell(out, subject, contact, &news);
        *row = news.row;
        rows_update(out->rows, &customer_message_table, row);
    }
}

void on_contact(struct decision *out, const struct incoming_message *in)
{
    const struct notification_contact *contact = in->message;

    if (!message_is_of_order(out, in->subject, contact->order_id)) {
        return;
    }
    const struct contact_row *known = keep_contact(out, contact);
    raise_clock(out, contact->order_no);
    if (known != NULL) {
        tell_waiting(out, in->subject, known);
    }
}

void mail_need(const struct incoming_result *in, struct rows *rows)
{
    rows_want(rows, &customer_contact_table, key_number(in->subject.number));
    rows_want(rows, &customer_message_table, key_number(in->subject.number));
    rows_want(rows, &early_line_table, key_number(in->subject.number));
}

static void end_message(struct decision *out, const struct incoming_result *in,
                        struct customer_message_row *row)
{
    const struct mail_end *end = in->result;
    bool accepted = end != NULL && end->accepted;

    if (!move(row, accepted ? TELLING_ACCEPTED : TELLING_REFUSED, out->now)) {
        return;
    }
    row->attempts = in->attempts;
    if (accepted) {
        state_told(out, in->subject, row);
    } else {
        row->reason = end == NULL ? UNDELIVERABLE_REASON_UNREACHABLE : UNDELIVERABLE_REASON_REFUSED;
        state_undeliverable(out, in->subject, row);
    }
    rows_update(out->rows, &customer_message_table, row);
}

void on_mail_end(struct decision *out, const struct incoming_result *in)
{
    const struct notification_mail *mail = in->payload;
    struct customer_message_row *row =
        message_find(out->rows, mail->order_no, mail->message, mail->event_no);
    const struct contact_row *contact =
        rows_find(out->rows, &customer_contact_table, key_number(in->subject.number));

    raise_clock(out, in->subject.number);
    if (row != NULL) {
        end_message(out, in, row);
    }
    if (contact != NULL) {
        tell_waiting(out, in->subject, contact);
    }
}
