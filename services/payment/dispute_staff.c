/* dispute_staff.c - what people, and the order by a person's decision, say to a dispute. */
#include "services/payment/dispute.h"

#include "common/arena.h"
#include "common/id.h"
#include "common/reply.h"
#include "proto/message_type.h"
#include "services/payment/request.h"

static const char *dispute_of(const struct incoming_message *in)
{
    return in->message_type == MESSAGE_PAYMENT_DISPUTE_EVIDENCE
               ? ((const struct payment_dispute_evidence *)in->message)->dispute_id
               : ((const struct payment_dispute_accept *)in->message)->dispute_id;
}

const char *dispute_lane_key(struct arena *arena, const struct incoming_message *in)
{
    return order_lane_key(arena, dispute_of(in));
}

/* --- Evidence ------------------------------------------------------------------------------------ */

static struct evidence_row *find_evidence(const struct disputing *disputing)
{
    void **at = rows_list(disputing->dealing.out->rows, &evidence_table,
                          key_number(disputing->dealing.subject.number));

    while (*at != NULL &&
           ((const struct evidence_row *)*at)->dispute_no != disputing->row->dispute_no) {
        at++;
    }
    return *at;
}

static void take_text(const char **field, const char *said)
{
    *field = said == NULL ? *field : said;
}

/* Each field that is said takes the place of what was saved of it. */
static void merge(struct evidence_row *row, const struct dispute_evidence *said)
{
    take_text(&row->tracking_number, said->tracking_number);
    take_text(&row->carrier, said->carrier);
    row->shipped_at = said->has_shipped_at ? said->shipped_at : row->shipped_at;
    row->delivered_at = said->has_delivered_at ? said->delivered_at : row->delivered_at;
    take_text(&row->delivery_proof, said->delivery_proof);
    take_text(&row->product_description, said->product_description);
    take_text(&row->customer_communication, said->customer_communication);
    take_text(&row->refund_policy, said->refund_policy);
    take_text(&row->refund_refusal, said->refund_refusal);
    take_text(&row->explanation, said->explanation);
}

static struct dispute_evidence all_of(const struct evidence_row *row)
{
    return (struct dispute_evidence){ .tracking_number = row->tracking_number,
                                      .carrier = row->carrier,
                                      .shipped_at = row->shipped_at,
                                      .has_shipped_at = row->shipped_at != 0,
                                      .delivered_at = row->delivered_at,
                                      .has_delivered_at = row->delivered_at != 0,
                                      .delivery_proof = row->delivery_proof,
                                      .product_description = row->product_description,
                                      .customer_communication = row->customer_communication,
                                      .refund_policy = row->refund_policy,
                                      .refund_refusal = row->refund_refusal,
                                      .explanation = row->explanation };
}

/* What was saved by now. */
static struct evidence_row evidence_of(const struct disputing *disputing)
{
    const struct evidence_row *saved = find_evidence(disputing);

    return saved != NULL ? *saved
                         : (struct evidence_row){ .order_no = disputing->row->order_no,
                                                  .dispute_no = disputing->row->dispute_no };
}

static void save(const struct disputing *disputing, const struct evidence_row *evidence)
{
    struct rows *rows = disputing->dealing.out->rows;
    struct evidence_row *saved = find_evidence(disputing);

    if (saved == NULL) {
        rows_insert(rows, &evidence_table, evidence);
        return;
    }
    *saved = *evidence;
    rows_update(rows, &evidence_table, saved);
}

/* What the order knows of the delivery fills what people left open. */
static struct evidence_row filled(const struct disputing *disputing,
                                  const struct dispute_evidence *known)
{
    struct evidence_row row = evidence_of(disputing);
    const struct dispute_evidence saved = all_of(&row);

    if (known != NULL) {
        merge(&row, known);
    }
    merge(&row, &saved);
    return row;
}

static bool says_something(const struct evidence_row *row)
{
    return row->tracking_number != NULL || row->delivery_proof != NULL ||
           row->product_description != NULL || row->customer_communication != NULL ||
           row->refund_policy != NULL || row->refund_refusal != NULL || row->explanation != NULL;
}

static void answer(struct disputing *disputing, enum dispute_answer how)
{
    struct dispute_evidence *evidence = NULL;

    disputing->row->answer = how;
    if (how == ANSWER_EVIDENCE) {
        const struct evidence_row saved = evidence_of(disputing);

        evidence = arena_alloc(disputing->dealing.out->arena, sizeof *evidence);
        *evidence = all_of(&saved);
    }
    call_dispute_answer(disputing, evidence);
}

/* Why nothing can be said to it; NULL: something can. */
static const char *objection(const struct disputing *disputing)
{
    const struct dispute_row *row = disputing->row;
    enum dispute_state state = (enum dispute_state)row->state;

    if (!dispute_is_open(state)) {
        return "the dispute is over";
    }
    if (row->answer != ANSWER_NONE) {
        return "it was answered: the provider takes one answer";
    }
    if (state == DISPUTE_STATE_UNDER_REVIEW) {
        return "it is with the bank: nothing can be said to it now";
    }
    return row->due_at != 0 && disputing->dealing.out->now > row->due_at
               ? "the time to answer it is over"
               : NULL;
}

/* --- Requests of people -------------------------------------------------------------------------- */

void dispute_request_need(const struct incoming_message *in, struct rows *rows)
{
    want_order(rows, dispute_of(in));
}

void dispute_request_need_shared(const struct incoming_message *in, struct rows *rows)
{
    const struct payment_order_row *order = find_order(rows, dispute_of(in));

    if (order != NULL) {
        want_disputes(rows, order->order_no);
        rows_want(rows, &request_table, key_number(order->order_no));
    }
}

static void answer_unknown(struct decision *out, const struct incoming_message *in)
{
    static const struct refusal unknown = { .status = 404,
                                            .type = "not-found",
                                            .title = "Not found",
                                            .detail = "there is no dispute with this id" };

    reply_refused(out, in, &unknown);
}

/* False when it is answered: there is no such dispute, the request came before, it means another version, or nothing can be said to
 * the dispute. */
static bool open_request(struct request *request, struct disputing *disputing, struct decision *out,
                         const struct incoming_message *in)
{
    const struct payment_order_row *order = find_order(out->rows, dispute_of(in));

    if (order == NULL || rows_want(out->rows, &dispute_table, key_number(order->order_no))) {
        answer_unknown(out, in); /* of an order of this very batch nothing was disputed yet */
        return false;
    }
    const struct subject subject = { .number = order->order_no,
                                     .id = dispute_lane_key(out->arena, in) };

    if (!disputing_open(disputing, out, subject, child_id_counter(dispute_of(in), 'X'))) {
        answer_unknown(out, in);
        return false;
    }
    *request = (struct request){ .in = in, .dealing = disputing->dealing };
    if (request_came_before(request) || reply_stale(out, in, disputing->dealing.row->clock)) {
        return false;
    }
    disputing->dealing.who = in->id;
    const char *against = objection(disputing);

    if (against != NULL) {
        request_conflict(request, against);
    }
    return against == NULL;
}

static void done(struct request *request, struct disputing *disputing, const char *note)
{
    dealing_change(&disputing->dealing);
    request->dealing = disputing->dealing;
    request_done(request, dispute_id_of(disputing), note);
}

void on_dispute_evidence(struct decision *out, const struct incoming_message *in)
{
    const struct payment_dispute_evidence *message = in->message;
    struct disputing disputing;
    struct request request;

    if (!open_request(&request, &disputing, out, in)) {
        return;
    }
    struct evidence_row evidence = evidence_of(&disputing);

    if (message->body.evidence != NULL) {
        merge(&evidence, message->body.evidence);
    }
    if (!says_something(&evidence)) {
        request_invalid(&request, "/evidence", "says nothing that speaks for the shop");
        return;
    }
    save(&disputing, &evidence);
    if (message->body.submit) {
        answer(&disputing, ANSWER_EVIDENCE);
    }
    done(&request, &disputing, message->body.note);
}

void on_dispute_accept(struct decision *out, const struct incoming_message *in)
{
    const struct payment_dispute_accept *message = in->message;
    struct disputing disputing;
    struct request request;

    if (!open_request(&request, &disputing, out, in)) {
        return;
    }
    answer(&disputing, ANSWER_ACCEPT);
    done(&request, &disputing, message->body.note);
}

/* --- The order ----------------------------------------------------------------------------------- */

void dispute_answer_need(const struct incoming_message *in, struct rows *rows)
{
    want_disputes(rows, in->subject.number);
}

/* What cannot be answered any more is said again, so that the order knows. */
void on_dispute_answer(struct decision *out, const struct incoming_message *in)
{
    const struct payment_dispute_answer *command = in->message;
    struct disputing disputing;

    if (!disputing_open(&disputing, out, in->subject, child_id_counter(command->dispute_id, 'X'))) {
        decide_impossible(out, "there is no dispute \"%s\"", command->dispute_id);
        return;
    }
    if (objection(&disputing) != NULL) {
        return; /* a person was faster, or what has become of it is on its way to the order */
    }
    if (command->accept) {
        answer(&disputing, ANSWER_ACCEPT);
        return;
    }
    const struct evidence_row evidence = filled(&disputing, command->evidence);

    save(&disputing, &evidence);
    if (says_something(&evidence)) {
        answer(&disputing, ANSWER_EVIDENCE);
        return;
    }
    disputing.row->code = "no_evidence";
    disputing.row->changed_at = out->now;
    rows_update(out->rows, &dispute_table, disputing.row);
    dispute_tell(&disputing);
}
