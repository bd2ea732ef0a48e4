/* payment_bank.c - what a payment provider does with requests, and whom it tells. */
#include "tests/unit/payment_bank.h"

#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const status_words[] = {
    "", "requires_action", "requires_payment_method", "requires_capture", "succeeded", "canceled"
};

int64_t bank_held_minor(const struct bank *bank, int64_t order_no)
{
    const struct bank_intent *intent = &bank->intents[order_no];

    return intent->status == BANK_HELD ? intent->authorized_minor - intent->captured_minor : 0;
}

static const char *show_intent(struct bank *bank, int64_t order_no)
{
    const struct bank_intent *intent = &bank->intents[order_no];

    return text_format(
        bank->desk->kept,
        "{\"id\":\"pi_%lld\",\"status\":\"%s\",\"amount_received\":%lld,"
        "\"next_action\":{\"redirect_to_url\":{\"url\":\"https://bank.example/1\"}}}",
        (long long)order_no, status_words[intent->status], (long long)intent->captured_minor);
}

static void tell(struct bank *bank, int64_t order_no, const char *type)
{
    const struct bank_intent *intent = &bank->intents[order_no];

    assert_true(bank->event_count < BANK_EVENTS_MAX);
    bank->events[bank->event_count++] = text_format(
        bank->desk->kept,
        "{\"id\":\"evt_%lld\",\"type\":\"payment_intent.%s\",\"data\":{\"object\":{\"id\":"
        "\"pi_%lld\",\"status\":\"%s\",\"cancellation_reason\":\"expired\",\"metadata\":"
        "{\"order_id\":\"%s\",\"order_no\":\"%lld\",\"payment_id\":\"%s\"}}}}",
        (long long)++bank->event_no, type, (long long)order_no, status_words[intent->status],
        desk_order_id(bank->desk, order_no), (long long)order_no,
        desk_child_id(bank->desk, order_no, "P1"));
}

static void tell_refund(struct bank *bank, const struct bank_refund *refund)
{
    assert_true(bank->event_count < BANK_EVENTS_MAX);
    bank->events[bank->event_count++] = text_format(
        bank->desk->kept,
        "{\"id\":\"evt_%lld\",\"type\":\"refund.%s\",\"data\":{\"object\":{\"id\":\"%s\","
        "\"status\":\"%s\",\"metadata\":{\"order_id\":\"%s\",\"order_no\":\"%lld\","
        "\"payment_id\":\"%s\",\"refund_id\":\"%s\"}}}}",
        (long long)++bank->event_no, refund->failed ? "failed" : "created", refund->id,
        refund->failed ? "failed" : "succeeded", desk_order_id(bank->desk, refund->order_no),
        (long long)refund->order_no, desk_child_id(bank->desk, refund->order_no, "P1"),
        refund->ours);
}

/* A field of the form; those that are asked for hold nothing that is encoded. */
static const char *field(struct bank *bank, const struct desk_call *call, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = call->form; at != NULL && *at != '\0';) {
        if (strncmp(at, name, length) == 0 && at[length] == '=') {
            return arena_copy_text(bank->desk->kept, at + length + 1,
                                   strcspn(at + length + 1, "&"));
        }
        at = strchr(at, '&');
        at = at == NULL ? NULL : at + 1;
    }
    return NULL;
}

static int64_t amount(struct bank *bank, const struct desk_call *call, const char *name)
{
    const char *text = field(bank, call, name);

    assert_non_null(text);
    return strtoll(text, NULL, 10);
}

static struct bank_answer refuse(struct bank *bank, int64_t order_no)
{
    return (struct bank_answer){
        .status = 400,
        .body = text_format(bank->desk->kept,
                            "{\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                            "\"payment_intent_unexpected_state\",\"payment_intent\":%s}}",
                            show_intent(bank, order_no)),
    };
}

static struct bank_answer show(struct bank *bank, int64_t order_no)
{
    return (struct bank_answer){ .status = 200, .body = show_intent(bank, order_no) };
}

static struct bank_answer make(struct bank *bank, const struct desk_call *call)
{
    int64_t order_no = call->subject.number;
    struct bank_intent *intent = &bank->intents[order_no];
    const char *token = field(bank, call, "payment_method_data%5Bcard%5D%5Btoken%5D");

    intent->times_made++;
    if (text_equal(token, "tok_declined")) {
        intent->status = BANK_OPEN;
        return (struct bank_answer){
            .status = 402,
            .body = text_format(bank->desk->kept,
                                "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\","
                                "\"payment_intent\":%s}}",
                                show_intent(bank, order_no)),
        };
    }
    intent->authorized_minor = amount(bank, call, "amount");
    intent->status = text_equal(token, "tok_action") ? BANK_ACTION : BANK_HELD;
    tell(bank, order_no,
         intent->status == BANK_HELD ? "amount_capturable_updated" : "requires_action");
    return show(bank, order_no);
}

static struct bank_answer capture(struct bank *bank, const struct desk_call *call)
{
    int64_t order_no = call->subject.number;
    struct bank_intent *intent = &bank->intents[order_no];
    int64_t amount_minor = amount(bank, call, "amount_to_capture");
    bool final = field(bank, call, "final_capture") == NULL;

    if (intent->status != BANK_HELD || amount_minor > bank_held_minor(bank, order_no)) {
        return refuse(bank, order_no);
    }
    intent->captured_minor += amount_minor;
    if (final || bank_held_minor(bank, order_no) == 0) {
        intent->status = BANK_DONE;
    }
    tell(bank, order_no, final ? "succeeded" : "amount_capturable_updated");
    return show(bank, order_no);
}

static struct bank_answer cancel(struct bank *bank, const struct desk_call *call)
{
    int64_t order_no = call->subject.number;
    struct bank_intent *intent = &bank->intents[order_no];

    if (intent->status == BANK_DONE || intent->status == BANK_CANCELED) {
        return refuse(bank, order_no);
    }
    intent->status = BANK_CANCELED;
    tell(bank, order_no, "canceled");
    return show(bank, order_no);
}

static struct bank_answer give_back(struct bank *bank, const struct desk_call *call)
{
    int64_t order_no = call->subject.number;
    struct bank_intent *intent = &bank->intents[order_no];
    struct bank_refund *refund = &bank->refunds[bank->refund_count];

    assert_true(bank->refund_count < BANK_REFUNDS_MAX);
    *refund =
        (struct bank_refund){ .order_no = order_no, .amount_minor = amount(bank, call, "amount") };
    assert_true(intent->refunded_minor + refund->amount_minor <= intent->captured_minor);
    (void)snprintf(refund->id, sizeof refund->id, "re_%d", (int)++bank->refund_count);
    (void)snprintf(refund->ours, sizeof refund->ours, "%s",
                   field(bank, call, "metadata%5Brefund_id%5D"));
    intent->refunded_minor += refund->amount_minor;
    tell_refund(bank, refund);
    return (struct bank_answer){
        .status = 200,
        .body =
            text_format(bank->desk->kept, "{\"id\":\"%s\",\"status\":\"succeeded\"}", refund->id),
    };
}

const struct bank_answer *bank_act(struct bank *bank, const struct desk_call *call)
{
    struct bank_answer answer;

    if (call->form == NULL) { /* a question: has no key */
        bank->shown = show(bank, call->subject.number);
        return &bank->shown;
    }
    for (size_t i = 0; i < bank->answer_count; i++) {
        if (strcmp(bank->answers[i].key, call->key) == 0) {
            return &bank->answers[i];
        }
    }
    if (strcmp(call->path, "/v1/payment_intents") == 0) {
        answer = make(bank, call);
    } else if (strcmp(call->path, "/v1/refunds") == 0) {
        answer = give_back(bank, call);
    } else {
        answer = strstr(call->path, "/capture") != NULL ? capture(bank, call) : cancel(bank, call);
    }
    (void)snprintf(answer.key, sizeof answer.key, "%s", call->key);
    assert_true(bank->answer_count < BANK_KEYS_MAX);
    bank->answers[bank->answer_count] = answer;
    return &bank->answers[bank->answer_count++];
}

bool bank_shopper(struct bank *bank, int64_t order_no, bool confirms)
{
    struct bank_intent *intent = &bank->intents[order_no];

    if (intent->status != BANK_ACTION) {
        return false;
    }
    intent->status = confirms ? BANK_HELD : BANK_OPEN;
    tell(bank, order_no, confirms ? "amount_capturable_updated" : "payment_failed");
    return true;
}

bool bank_lapse(struct bank *bank, int64_t order_no)
{
    if (bank->intents[order_no].status != BANK_HELD) {
        return false;
    }
    bank->intents[order_no].status = BANK_CANCELED;
    tell(bank, order_no, "canceled");
    return true;
}

bool bank_refund_fails(struct bank *bank, size_t index)
{
    if (index >= bank->refund_count || bank->refunds[index].failed) {
        return false;
    }
    bank->refunds[index].failed = true;
    bank->intents[bank->refunds[index].order_no].refunded_minor -=
        bank->refunds[index].amount_minor;
    tell_refund(bank, &bank->refunds[index]);
    return true;
}
