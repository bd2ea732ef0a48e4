/* worker_trace.c - what a lane worker does for a trace: one span an item that is handled, one a call to the outside.
 *
 * A span is begun when its item is gathered and ended when its batch is committed; one whose batch came to nothing
 * is never heard of, and the item that is gathered anew has another.
 */
#include "common/worker_parts.h"

void worker_trace_item(struct worker *worker, struct item *item, const char *parent)
{
    struct span span = { .recorded = false };

    item->trace = tracing_begin(worker->ctx.arena, parent, SPAN_CONSUMER, &span);
    item->span = span.recorded ? arena_copy(worker->ctx.arena, &span, sizeof span) : NULL;
}

/* Other subjects (items, places) are no orders, and a stranger's key may be anything. */
static void name_order(struct span *span, const char *subject_id)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    if (subject_id != NULL && text_starts_with(subject_id, "ord_") &&
        subject_id[strspn(subject_id, plain)] == '\0') {
        span_text(span, "kervan.order_id", subject_id);
    }
}

static void name_record(struct worker *worker, struct span *span, const struct item *item)
{
    const char *topic = worker->service->consumed[item->topic].name;

    span_name(span, "process", topic);
    span_text(span, "messaging.system", "kafka");
    span_text(span, "messaging.operation.type", "process");
    span_text(span, "messaging.destination.name", topic);
    span_number(span, "messaging.destination.partition.id", item->record->lane);
    span_number(span, "messaging.kafka.offset", item->record->offset);
}

static void name_item(struct worker *worker, struct span *span, const struct item *item)
{
    if (item->kind == ITEM_RECORD) {
        name_record(worker, span, item);
    } else if (item->timer_handler != NULL) {
        span_name(span, "timer", item->timer_in.kind);
    } else if (item->effect_handler != NULL) {
        span_name(span, "outcome", item->result.kind);
    } else {
        span_name(span, "process", item->kind == ITEM_REDRIVE ? "parked" : "input");
    }
    if (item->message_handler != NULL) {
        span_text(span, "kervan.type",
                  worker->service->infos[item->message_handler->message_type].type);
    }
    span_number(span, "kervan.lane", item->lane->lane);
    name_order(span, item->subject.id);
}

void worker_trace_item_end(struct worker *worker, struct item *item)
{
    if (item->span == NULL) {
        return;
    }
    name_item(worker, item->span, item);
    item->span->failed = item->verdict == ITEM_PARK;
    tracing_end(item->span);
    item->span = NULL;
}

const char *worker_trace_call(struct worker *worker, struct flight *flight)
{
    struct span span = { .recorded = false };
    const char *trace = tracing_begin(worker->ctx.arena, flight->row.trace, SPAN_CLIENT, &span);

    if (span.recorded && flight->span == NULL) {
        flight->span = arena_alloc(flight->memory, sizeof *flight->span);
    }
    if (span.recorded) {
        *flight->span = span;
    }
    return trace;
}

const char *worker_trace_of_call(struct worker *worker, const struct flight *flight)
{
    if (flight->span == NULL) {
        return flight->row.trace;
    }
    struct traceparent text = trace_format(&flight->span->trace);

    return arena_copy_text(worker->ctx.arena, text.text, TRACEPARENT_LENGTH);
}

void worker_trace_call_end(struct worker *worker, struct flight *flight, const struct http_end *end)
{
    struct span *span = flight->span;
    enum { BAD_REQUEST = 400 };

    if (span == NULL || !span->recorded) {
        return;
    }
    span_name(span, "effect", flight->row.kind);
    span_text(span, "peer.service", worker->service->targets[flight->target].name);
    span_number(span, "kervan.attempt", flight->attempts);
    span_number(span, "kervan.lane", flight->row.lane);
    name_order(span, flight->row.subject_id);
    if (end->fate == HTTP_ANSWERED) {
        span_number(span, "http.response.status_code", end->status);
    } else {
        span_text(span, "error.type", end->fate == HTTP_NOT_SENT ? "not_sent" : "unknown_outcome");
    }
    span->failed = end->fate != HTTP_ANSWERED || end->status >= BAD_REQUEST;
    tracing_end(span);
    span->recorded = false;
}
