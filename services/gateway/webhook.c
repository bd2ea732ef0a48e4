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

#include <string.h>
#include <time.h>

enum {
    ACCOUNT_LENGTH_MAX = 64,
    SECRET_LENGTH_MIN = 16,
    SECRET_LENGTH_MAX = 255,
    SECRETS_MAX = 2,
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

static const struct provider {
    const char *name;
    const char *signature_header;      /* as it is received */
    const char *signature_header_kept; /* as it is passed on: in lower case */
    webhook_check *check;
    webhook_subject *subject;
    enum owner owner;
    enum message_type type;
    const void *(*message)(struct arena *arena, const struct webhook *webhook);
} providers[WEBHOOK_PROVIDER_COUNT] = {
    [WEBHOOK_STRIPE] = { "stripe", "Stripe-Signature", "stripe-signature", stripe_is_genuine,
                         stripe_subject_of, OWNER_PAYMENT, MESSAGE_PAYMENT_WEBHOOK, for_payment },
    [WEBHOOK_EASYPOST] = { "easypost", "X-Hmac-Signature", "x-hmac-signature", easypost_is_genuine,
                           easypost_subject_of, OWNER_SHIPPING, MESSAGE_SHIPPING_WEBHOOK,
                           for_shipping },
};

const char *const webhook_secret_settings[WEBHOOK_PROVIDER_COUNT] = {
    [WEBHOOK_STRIPE] = "KERVAN_WEBHOOK_SECRET_STRIPE",
    [WEBHOOK_EASYPOST] = "KERVAN_WEBHOOK_SECRET_EASYPOST",
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

static bool is_genuine(const struct call *call, const struct provider *provider)
{
    const char *secrets = call->gateway->settings.webhook_secrets[provider - providers];
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    const struct webhook_call signed_call = {
        .signature = http_header(call->request, provider->signature_header),
        .body = call->request->body,
        .body_length = call->request->body_length,
        .now_s = now.tv_sec,
    };
    return webhook_is_genuine(provider->check, &signed_call, secrets);
}

/* The provider's id of the event; what has none goes by its bytes. */
static const char *event_id(const struct call *call)
{
    const struct http_request *request = call->request;
    struct violations violations = { .count = 0 };
    struct webhook_event event;
    unsigned char digest[SHA256_BYTES];

    if (webhook_event_decode(request->ctx->arena, request->body, request->body_length, &event,
                             &violations) == OK) {
        return event.id;
    }
    char *hex = arena_alloc(request->ctx->arena, 2 * SHA256_BYTES + 1);
    sha256(request->body, request->body_length, digest);
    text_hex(digest, SHA256_BYTES, hex);
    return hex;
}

static size_t keep_header(const struct call *call, const char *name, const char *kept,
                          struct webhook_header *ret)
{
    const char *value = http_header(call->request, name);

    if (value == NULL || strlen(value) > HEADER_LENGTH_MAX) {
        return 0;
    }
    *ret = (struct webhook_header){ kept, value };
    return 1;
}

static void take(const struct call *call, const struct provider *provider)
{
    struct arena *arena = call->request->ctx->arena;
    struct webhook_header headers[2];
    struct timespec now;
    size_t count = keep_header(call, "Content-Type", "content-type", headers);

    count += keep_header(call, provider->signature_header, provider->signature_header_kept,
                         headers + count);
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
                                       event_id(call) };
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
    } else if (!is_genuine(&call, provider)) {
        call_refuse(&call, PROBLEM_SIGNATURE, "sign the raw body with the secret set here, now");
    } else {
        take(&call, provider);
    }
}
