/* decision.c - collects what a rule answers, in the order in which it was said.
 *
 * Ids and keys are copied, since rules build them on the stack; what a message points to is not.
 */
#include "common/decision.h"

#include "common/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void decision_init(struct decision *decision, struct arena *arena, struct rows *rows, int64_t now)
{
    *decision = (struct decision){ .arena = arena, .rows = rows, .now = now };
    decision->emissions_end = &decision->emissions;
    decision->effects_end = &decision->effects;
    decision->timers_end = &decision->timers;
    decision->inputs_end = &decision->inputs;
    decision->replies_end = &decision->replies;
}

static const char *keep_text(struct decision *decision, const char *text)
{
    return arena_copy_text(decision->arena, text, strlen(text));
}

static struct subject keep_subject(struct decision *decision, struct subject subject)
{
    assert(subject.id != NULL);
    return (struct subject){ .number = subject.number, .id = keep_text(decision, subject.id) };
}

void decide_emit(struct decision *decision, struct subject subject, uint32_t message_type,
                 const void *message, size_t size)
{
    struct emission *emission = arena_alloc(decision->arena, sizeof *emission);

    emission->message_type = message_type;
    emission->subject = keep_subject(decision, subject);
    emission->message = arena_copy(decision->arena, message, size);
    *decision->emissions_end = emission;
    decision->emissions_end = &emission->next;
}

void decide_effect(struct decision *decision, const struct effect_request *request,
                   size_t payload_size)
{
    struct effect_request *effect = arena_copy(decision->arena, request, sizeof *request);

    assert(request->kind != NULL && request->key != NULL);
    effect->next = NULL;
    effect->key = keep_text(decision, request->key);
    effect->subject = keep_subject(decision, request->subject);
    effect->payload = arena_copy(decision->arena, request->payload, payload_size);
    *decision->effects_end = effect;
    decision->effects_end = &effect->next;
}

void decide_timer(struct decision *decision, struct subject subject, const char *kind,
                  int64_t due_at, int64_t step)
{
    struct timer_request *timer = arena_alloc(decision->arena, sizeof *timer);

    assert(kind != NULL);
    timer->due_at = due_at;
    timer->kind = kind;
    timer->subject = keep_subject(decision, subject);
    timer->step = step;
    *decision->timers_end = timer;
    decision->timers_end = &timer->next;
}

void decide_input(struct decision *decision, struct subject subject, uint32_t message_type,
                  const void *message, size_t size)
{
    struct input_request *input = arena_alloc(decision->arena, sizeof *input);

    input->message_type = message_type;
    input->subject = keep_subject(decision, subject);
    input->message = arena_copy(decision->arena, message, size);
    *decision->inputs_end = input;
    decision->inputs_end = &input->next;
}

void decide_reply(struct decision *decision, const struct reply_address *to, uint32_t message_type,
                  const void *message, size_t size)
{
    if (to->request_id == NULL) {
        return;
    }
    struct reply_request *reply = arena_alloc(decision->arena, sizeof *reply);

    reply->partition = to->partition;
    reply->request_id = keep_text(decision, to->request_id);
    reply->message_type = message_type;
    reply->message = arena_copy(decision->arena, message, size);
    *decision->replies_end = reply;
    decision->replies_end = &reply->next;
}

void decide_impossible(struct decision *decision, const char *format, ...)
{
    char refusal[256];
    va_list arguments;

    if (decision->err != OK) /* the first reason is the cause, later ones follow from it */
        return;
    va_start(arguments, format);
    (void)vsnprintf(refusal, sizeof refusal, format, arguments);
    va_end(arguments);
    decision->err = ERR_RULE;
    decision->refusal = keep_text(decision, refusal);
}
