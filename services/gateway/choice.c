/* choice.c - checks the token, shows the question, sends the answer to the order service. */
#include "services/gateway/choice.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/order_codec.h"
#include "services/gateway/identity.h"

#include <string.h>
#include <time.h>

enum {
    MESSAGE_BYTES_MAX = BODY_BYTES_MAX + 1024,
    STATUS_OK = 200,
    STATUS_ACCEPTED = 202,
    STATUS_PROBLEM = 400
};

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- The link --------------------------------------------------------------------------------- */

static bool take_rate(const struct choice_call *of)
{
    int64_t per_second = of->call.gateway->settings.link_rate_per_second;

    return call_take_rate(&of->call, "peer", of->call.request->client_address,
                          (struct rate_limit){ per_second, CHOICE_RATE_BURST_S * per_second });
}

enum problem_kind choice_open(struct choice_call *to)
{
    const struct http_request *request = to->call.request;
    const char *secret = to->call.gateway->settings.link_secret;

    if (!take_rate(to)) {
        return PROBLEM_RATE_LIMITED;
    }
    if (secret[0] == '\0' ||
        !choice_token_read(request->ctx->arena, secret, http_path(request, "token"), &to->link)) {
        return PROBLEM_NOT_FOUND;
    }
    if (to->link.expires_at <= now_ms()) {
        return PROBLEM_LINK_EXPIRED;
    }
    enum err err = call_glance(&to->call, to->link.order_id, &to->glance, NULL);
    if (err == ERR_NOTFOUND || (err == OK && to->glance.question == NULL)) {
        return PROBLEM_NOT_FOUND;
    }
    if (err) {
        log_warning("a question cannot be looked up", LOG_TEXT("detail", request->ctx->detail));
    }
    return err == OK ? PROBLEM_COUNT : PROBLEM_UNAVAILABLE;
}

bool choice_look(struct choice_call *to)
{
    return call_glance(&to->call, to->link.order_id, &to->glance, NULL) == OK &&
           to->glance.question != NULL;
}

/* The same answer has the same id, however often it is given. */
static struct request_id id_of(const struct order_choose *answer)
{
    static const char *const words[] = { "", "wait", "accept_partial", "cancel" };
    const struct request_name name = { "shopper", "POST", answer->order_id, "choice",
                                       words[answer->body.choice] };

    return request_id_of(&name);
}

enum sent choice_send(const struct choice_call *of, const struct order_choose *answer,
                      int64_t wait_s, struct gateway_reply *ret)
{
    struct request_id id = id_of(answer);
    const struct outgoing outgoing = { .owner = OWNER_ORDER,
                                       .type = MESSAGE_ORDER_CHOOSE,
                                       .message = answer,
                                       .key = answer->order_id,
                                       .id = id.text,
                                       .channel = of->glance.channel,
                                       .wait_s = wait_s };

    return outgoing_send(&of->call, &outgoing, ret);
}

/* --- For programs ----------------------------------------------------------------------------- */

static bool open_or_refuse(struct choice_call *to)
{
    static const char *const details[PROBLEM_COUNT] = {
        [PROBLEM_NOT_FOUND] = "no question was asked under this address",
        [PROBLEM_LINK_EXPIRED] = "the time to answer has run out",
        [PROBLEM_RATE_LIMITED] = "this address asks too often",
        [PROBLEM_UNAVAILABLE] = "the question cannot be looked up now",
    };
    enum problem_kind kind = choice_open(to);

    if (kind != PROBLEM_COUNT) {
        call_refuse(&to->call, kind, details[kind]);
    }
    return kind == PROBLEM_COUNT;
}

static void show(const struct choice_call *of)
{
    struct choice_document document = { .order_id = of->link.order_id,
                                        .question = *of->glance.question };

    of->call.answer->status = STATUS_OK;
    choice_document_encode(&document, &of->call.answer->body);
}

void answer_choice_read(void *gateway, const struct http_request *request,
                        struct http_answer *answer)
{
    struct choice_call to = { .call = {
                                  .gateway = gateway, .request = request, .answer = answer } };

    if (open_or_refuse(&to)) {
        show(&to);
    }
}

/* The message is the body beside the order that the token names: the body cannot name another. */
static bool read_answer(const struct choice_call *of, struct order_choose *ret)
{
    const struct http_request *request = of->call.request;
    struct violations violations = { .count = 0 };
    struct buffer text;

    buffer_init(&text, MESSAGE_BYTES_MAX);
    buffer_append_text(&text, "{\"body\":");
    buffer_append(&text, request->body, request->body_length);
    buffer_append_text(&text, ",\"order_id\":");
    buffer_append_json_string(&text, of->link.order_id);
    buffer_append_text(&text, "}");
    enum err err =
        order_choose_decode(request->ctx->arena, text.bytes, text.length, ret, &violations);
    buffer_release(&text);
    if (err) {
        call_refuse_body(&of->call, &violations, "/body");
    }
    return err == OK;
}

static void answer_accepted(const struct choice_call *of, const struct order_choose *answer)
{
    struct request_id id = id_of(answer);
    struct buffer *body = &of->call.answer->body;

    of->call.answer->status = STATUS_ACCEPTED;
    call_location(&of->call, of->call.request->path);
    buffer_append_text(body, "{\"request_id\":");
    buffer_append_json_string(body, id.text);
    buffer_append_text(body, ",\"id\":");
    buffer_append_json_string(body, of->link.order_id);
    buffer_append_text(body, "}");
}

/* As the order service shows it now: taken, or only durable. */
static void answer_as_it_is(struct choice_call *of, const struct order_choose *answer)
{
    if (choice_look(of) && (int)of->glance.question->choice == (int)answer->body.choice) {
        show(of);
    } else {
        answer_accepted(of, answer);
    }
}

void answer_choice(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    struct choice_call to = { .call = {
                                  .gateway = gateway, .request = request, .answer = answer } };
    struct order_choose chosen;
    struct gateway_reply reply;
    int64_t wait_s = prefer_wait_s(http_header(request, "Prefer"));

    if (!open_or_refuse(&to) || !call_has_json(&to.call) || !read_answer(&to, &chosen)) {
        return;
    }
    enum sent sent = choice_send(&to, &chosen, wait_s, &reply);
    if (sent == SENT_REPLIED && reply.status >= STATUS_PROBLEM) {
        call_refuse_reply(&to.call, &reply);
    } else if (sent == SENT_REPLIED || (sent == SENT_SILENT && wait_s > 0)) {
        answer_as_it_is(&to, &chosen);
    } else if (sent == SENT_SILENT) {
        answer_accepted(&to, &chosen);
    }
}
