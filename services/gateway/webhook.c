/* webhook.c - takes a provider's call: whose it is, whether it is genuine, which event, and into the log with it. */
#include "services/gateway/webhook.h"

#include "common/arena.h"
#include "common/crypto.h"
#include "common/text.h"
#include "proto/gateway_codec.h"
#include "proto/payment.h"
#include "proto/shipping.h"
#include "services/gateway/identity.h"
#include "services/gateway/outgoing.h"
#include "services/gateway/signers.h"

#include <string.h>
#include <time.h>

enum {
    ACCOUNT_LENGTH_MAX = 64,
    SECRET_LENGTH_MIN = 16,
    SECRET_LENGTH_MAX = 255,
    SECRETS_MAX = 2,
    SIGNATURE_LENGTH_MAX = 2048,
    HEADERS_MAX = 2 + WEBHOOK_OTHERS_MAX, /* Content-Type, the signature, the others */
    HEADER_LENGTH_MAX = 4096,
    STATUS_OK = 200
};

static const void *for_payment(struct arena *arena, const struct webhook *webhook)
{
    struct payment_webhook message = { .webhook = *webhook };

    return arena_copy(arena, &message, sizeof message);
}

static const void *for_shipping(struct arena *arena, const struct webhook *webhook)
{
    struct shipping_webhook message = { .webhook = *webhook };

    return arena_copy(arena, &message, sizeof message);
}

/* A header as it is received, and as it is passed on: in lower case. */
struct header_name {
    const char *received, *kept;
};

static const struct provider {
    const char *name;
    struct header_name signature;
    struct header_name others[WEBHOOK_OTHERS_MAX];
    const char *event;    /* the header with the id of an event, where its body has none */
    webhook_check *check; /* NULL: it signs with a certificate */
    webhook_subject *subject;
    enum owner owner;
    enum message_type type;
    const void *(*message)(struct arena *arena, const struct webhook *webhook);
} providers[WEBHOOK_PROVIDER_COUNT] = {
    [WEBHOOK_STRIPE] = { .name = "stripe",
                         .signature = { "Stripe-Signature", "stripe-signature" },
                         .check = stripe_is_genuine,
                         .subject = stripe_subject_of,
                         .owner = OWNER_PAYMENT,
                         .type = MESSAGE_PAYMENT_WEBHOOK,
                         .message = for_payment },
    [WEBHOOK_EASYPOST] = { .name = "easypost",
                           .signature = { "X-Hmac-Signature", "x-hmac-signature" },
                           .check = easypost_is_genuine,
                           .subject = easypost_subject_of,
                           .owner = OWNER_SHIPPING,
                           .type = MESSAGE_SHIPPING_WEBHOOK,
                           .message = for_shipping },
    [WEBHOOK_PAYPAL] = { .name = "paypal",
                         .signature = { "PAYPAL-TRANSMISSION-SIG", "paypal-transmission-sig" },
                         .others = {
                             [PAYPAL_ID] = { "PAYPAL-TRANSMISSION-ID", "paypal-transmission-id" },
                             [PAYPAL_TIME] = { "PAYPAL-TRANSMISSION-TIME",
                                               "paypal-transmission-time" },
                             [PAYPAL_CERTIFICATE] = { "PAYPAL-CERT-URL", "paypal-cert-url" },
                             [PAYPAL_ALGORITHM] = { "PAYPAL-AUTH-ALGO", "paypal-auth-algo" },
                         },
                         .subject = paypal_subject_of,
                         .owner = OWNER_PAYMENT,
                         .type = MESSAGE_PAYMENT_WEBHOOK,
                         .message = for_payment },
    [WEBHOOK_RAZORPAY] = { .name = "razorpay",
                           .signature = { "X-Razorpay-Signature", "x-razorpay-signature" },
                           .others = { { "X-Razorpay-Event-Id", "x-razorpay-event-id" } },
                           .event = "X-Razorpay-Event-Id",
                           .check = razorpay_is_genuine,
                           .subject = razorpay_subject_of,
                           .owner = OWNER_PAYMENT,
                           .type = MESSAGE_PAYMENT_WEBHOOK,
                           .message = for_payment },
};

const char *const webhook_secret_settings[WEBHOOK_PROVIDER_COUNT] = {
    [WEBHOOK_STRIPE] = "KERVAN_WEBHOOK_SECRET_STRIPE",
    [WEBHOOK_EASYPOST] = "KERVAN_WEBHOOK_SECRET_EASYPOST",
    [WEBHOOK_PAYPAL] = "KERVAN_WEBHOOK_ID_PAYPAL",
    [WEBHOOK_RAZORPAY] = "KERVAN_WEBHOOK_SECRET_RAZORPAY",
};

/* --- Secrets ---------------------------------------------------------------------------------- */

/* The next secret of the list; false behind the last one. */
static bool next_secret(const char **at, char ret[SECRET_LENGTH_MAX + 1])
{
    *at += strspn(*at, " ");
    size_t length = strcspn(*at, " ");

    if (length == 0 || length > SECRET_LENGTH_MAX) {
        return false;
    }
    memcpy(ret, *at, length);
    ret[length] = '\0';
    *at += length;
    return true;
}

static bool is_good_secret(const char *secret)
{
    size_t length = strlen(secret);

    for (size_t i = 0; i < length; i++) {
        if (secret[i] < '!' || secret[i] > '~') {
            return false;
        }
    }
    return length >= SECRET_LENGTH_MIN;
}

bool webhook_secrets_are_good(const char *secrets)
{
    char secret[SECRET_LENGTH_MAX + 1];
    int count = 0;

    while (next_secret(&secrets, secret)) {
        if (!is_good_secret(secret) || ++count > SECRETS_MAX) {
            return false;
        }
    }
    return *secrets == '\0';
}

bool webhook_is_genuine(webhook_check *check, const struct webhook_call *call, const char *secrets)
{
    char secret[SECRET_LENGTH_MAX + 1];
    bool genuine = false;

    while (next_secret(&secrets, secret)) {
        genuine = check(call, secret) || genuine; /* both are always tried */
    }
    return genuine;
}

/* --- The call --------------------------------------------------------------------------------- */

/* NULL when nothing is under this address: no such provider, none with a secret here, no account's name. */
static const struct provider *find_provider(const struct call *call)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    const char *name = http_path(call->request, "provider");
    const char *account = http_path(call->request, "account");
    size_t length = strlen(account);

    if (length > ACCOUNT_LENGTH_MAX || strspn(account, characters) != length ||
        strchr("_.-", account[0]) != NULL) {
        return NULL;
    }
    for (size_t i = 0; i < WEBHOOK_PROVIDER_COUNT; i++) {
        if (text_equal(providers[i].name, name) &&
            call->gateway->settings.webhook_secrets[i][0] != '\0') {
            return &providers[i];
        }
    }
    return NULL;
}

/* The signature is proven for each of our webhooks' ids there, one after the other. */
static enum signer_word ask_signer(const struct call *call, const struct webhook_call *received,
                                   const char *ids)
{
    struct arena *arena = call->request->ctx->arena;
    char id[SECRET_LENGTH_MAX + 1];
    size_t length = 0;
    enum signer_word word = SIGNER_FORGED;

    if (!paypal_call_is_whole(received) || strlen(received->signature) > SIGNATURE_LENGTH_MAX) {
        return SIGNER_FORGED;
    }
    const unsigned char *signature = base64_decode(arena, received->signature, &length);
    while (signature != NULL && word == SIGNER_FORGED && next_secret(&ids, id)) {
        const char *text = paypal_signed_text(arena, received, id);
        const struct signed_text asked = { .address = received->others[PAYPAL_CERTIFICATE],
                                           .text = text,
                                           .length = strlen(text),
                                           .signature = signature,
                                           .signature_length = length };

        word = signers_ask(call->gateway->signers, &asked);
    }
    return word;
}

static enum signer_word check(const struct call *call, const struct provider *provider)
{
    const char *secrets = call->gateway->settings.webhook_secrets[provider - providers];
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct webhook_call received = {
        .signature = http_header(call->request, provider->signature.received),
        .body = call->request->body,
        .body_length = call->request->body_length,
        .now_s = now.tv_sec,
    };
    for (size_t i = 0; i < WEBHOOK_OTHERS_MAX && provider->others[i].received != NULL; i++) {
        received.others[i] = http_header(call->request, provider->others[i].received);
    }
    if (provider->check == NULL) {
        return ask_signer(call, &received, secrets);
    }
    return webhook_is_genuine(provider->check, &received, secrets) ? SIGNER_GENUINE : SIGNER_FORGED;
}

/* The provider's id of the event; what has none goes by its bytes. */
static const char *event_id(const struct call *call, const struct provider *provider)
{
    const struct http_request *request = call->request;
    const char *header = provider->event == NULL ? NULL : http_header(request, provider->event);
    struct violations violations = { .count = 0 };
    struct webhook_event event;
    unsigned char digest[SHA256_BYTES];

    if (header != NULL && strlen(header) <= HEADER_LENGTH_MAX) {
        return header;
    }
    if (webhook_event_decode(request->ctx->arena, request->body, request->body_length, &event,
                             &violations) == OK) {
        return event.id;
    }
    char *hex = arena_alloc(request->ctx->arena, 2 * SHA256_BYTES + 1);
    sha256(request->body, request->body_length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    return hex;
}

static size_t keep_header(const struct call *call, struct header_name name,
                          struct webhook_header *ret)
{
    const char *value = name.received == NULL ? NULL : http_header(call->request, name.received);

    if (value == NULL || strlen(value) > HEADER_LENGTH_MAX) {
        return 0;
    }
    *ret = (struct webhook_header){ name.kept, value };
    return 1;
}

static size_t keep_headers(const struct call *call, const struct provider *provider,
                           struct webhook_header ret[HEADERS_MAX])
{
    size_t count = keep_header(call, (struct header_name){ "Content-Type", "content-type" }, ret);

    count += keep_header(call, provider->signature, ret + count);
    for (size_t i = 0; i < WEBHOOK_OTHERS_MAX; i++) {
        count += keep_header(call, provider->others[i], ret + count);
    }
    return count;
}

static void take(const struct call *call, const struct provider *provider)
{
    struct arena *arena = call->request->ctx->arena;
    struct webhook_header headers[HEADERS_MAX];
    struct timespec now;
    size_t count = keep_headers(call, provider, headers);

    (void)clock_gettime(CLOCK_REALTIME, &now);
    const struct webhook webhook = {
        .provider = provider->name,
        .account = http_path(call->request, "account"),
        .received_at = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
        .headers = headers,
        .headers_count = count,
        .body = base64_encode(arena, call->request->body, call->request->body_length),
    };
    const struct request_name name = { provider->name, "POST", webhook.account, "event",
                                       event_id(call, provider) };
    struct request_id id = request_id_of(&name);
    const struct webhook_call received = { .body = call->request->body,
                                           .body_length = call->request->body_length };
    const char *subject = provider->subject(arena, &received);
    const struct outgoing outgoing = { .owner = provider->owner,
                                       .type = provider->type,
                                       .message = provider->message(arena, &webhook),
                                       .key = subject != NULL ? subject : id.text,
                                       .id = id.text };
    struct gateway_reply unused;

    if (outgoing_send(call, &outgoing, &unused) != SENT_NOT) {
        call->answer->status = STATUS_OK;
    }
}

void answer_webhook(void *gateway, const struct http_request *request, struct http_answer *answer)
{
    const struct call call = { .gateway = gateway, .request = request, .answer = answer };
    const struct provider *provider = find_provider(&call);

    if (provider == NULL) {
        call_refuse(&call, PROBLEM_NOT_FOUND, "no provider calls this address");
        return;
    }
    switch (check(&call, provider)) {
    case SIGNER_GENUINE:
        take(&call, provider);
        break;
    case SIGNER_FORGED:
        call_refuse(&call, PROBLEM_SIGNATURE, "sign the raw body with the secret set here, now");
        break;
    case SIGNER_AWAY:
        call_refuse(&call, PROBLEM_UNAVAILABLE, "the certificate of who signed is not there yet");
        break;
    }
}
