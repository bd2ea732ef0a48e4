/* problems.c - the catalogue of problems: what http_server.c, read_api.c, the gateway and the owners state. */
#include "services/gateway/problems.h"

#include <string.h>

const struct problem_entry problem_catalogue[PROBLEM_COUNT] = {
    [PROBLEM_VALIDATION] = { { "validation", "The body does not fit its schema", 400 },
                             "The body is no JSON, or has fields that are missing, unknown or out "
                             "of bounds. Each entry "
                             "of errors points to one of them. Correct the body; repeating it as "
                             "it is does not help." },
    [PROBLEM_MALFORMED] = { { "malformed", "Malformed request", 400 },
                            "The request line, a header or the query cannot be understood." },
    [PROBLEM_INVALID_PARAMETER] = { { "invalid-parameter", "A parameter is not valid", 400 },
                                    "A parameter of the query or the path has a value that it "
                                    "cannot have." },
    [PROBLEM_IDENTITY_REQUIRED] = { { "identity-required", "The request has no name of its own",
                                      400 },
                                    "So that a repeat is no second order, an order comes with "
                                    "channel_order_ref in its body "
                                    "or an Idempotency-Key header; other requests of method POST "
                                    "with the header." },
    [PROBLEM_IDEMPOTENCY_KEY] = { { "idempotency-key", "The Idempotency-Key is not valid", 400 },
                                  "It has 1 to 255 visible ASCII characters, with or without "
                                  "quotation marks around them." },
    [PROBLEM_PRECONDITION] = { { "precondition", "The precondition cannot be checked", 400 },
                               "If-Match takes up to six ETags in quotation marks, or *; "
                               "If-None-Match takes * alone; together they make no sense. Some "
                               "addresses take neither." },
    [PROBLEM_UNAUTHENTICATED] = { { "unauthenticated", "No valid API key", 401 },
                                  "Send the header Authorization: Bearer with an API key that is "
                                  "neither expired nor revoked." },
    [PROBLEM_SIGNATURE] = { { "signature", "The signature does not match", 401 },
                            "A webhook was not signed with one of the secrets set here, or too "
                            "long ago." },
    [PROBLEM_FORBIDDEN] = { { "forbidden", "The key may not do this", 403 },
                            "The API key lacks the scope that this address needs, or is bound to a "
                            "channel where that is "
                            "not divided by channels. Use another key." },
    [PROBLEM_CHANNEL] = { { "channel", "Another channel's business", 403 },
                          "The API key is bound to one channel, and the request names another, or "
                          "one that does not exist." },
    [PROBLEM_NOT_FOUND] = { { "not-found", "Not found", 404 },
                            "Nothing is known under this address, or not to this key." },
    [PROBLEM_METHOD] = { { "method-not-allowed", "Method not allowed", 405 },
                         "The address exists; the header Allow names its methods." },
    [PROBLEM_CONFLICT] = { { "conflict", "Conflict", 409 },
                           "Its state does not allow this any more, or somebody else changed it "
                           "meanwhile. Read it again." },
    [PROBLEM_LINK_EXPIRED] = { { "link-expired", "The link has expired", 410 },
                               "The time to answer the question of the message has run out; the "
                               "order went on without the answer." },
    [PROBLEM_STALE] = { { "stale", "It was changed meanwhile", 412 },
                        "If-Match names a version that is not the present one: somebody else was "
                        "first, and nothing happened. ETag names the present one. Read it again, "
                        "and repeat the change with that." },
    [PROBLEM_TOO_LARGE] = { { "too-large", "Request too large", 413 },
                            "The body, or a line of a bulk, is longer than 256 KiB, or a bulk than "
                            "10,000 lines or 32 MiB: send what is left of it in another." },
    [PROBLEM_LONG_TARGET] = { { "uri-too-long", "Address too long", 414 },
                              "Path and query have more than 8 KiB. Ask for less at once." },
    [PROBLEM_MEDIA_TYPE] = { { "media-type", "Unsupported media type", 415 },
                             "Send the body as application/json, a bulk of orders as "
                             "application/x-ndjson, and say so in Content-Type." },
    [PROBLEM_REFUSED] = { { "refused", "Refused by a rule", 422 },
                          "The request is well formed and a rule of the business is against it; "
                          "detail says which." },
    [PROBLEM_INVALID] = { { "invalid", "The request is not valid", 422 },
                          "The request fits its schema and makes no sense: a total that does not "
                          "add up, an item that does "
                          "not exist. Each entry of errors points to a field." },
    [PROBLEM_KEY_REUSED] = { { "idempotency-key-reused", "The key was used for another request",
                               422 },
                             "The Idempotency-Key, or channel_order_ref, came with another body "
                             "before. A new request needs "
                             "a new one." },
    [PROBLEM_MISMATCH] = { { "idempotency-mismatch", "Submitted before, and otherwise", 422 },
                           "The Idempotency-Key, or channel_order_ref, belongs to an order with "
                           "another body. A new order "
                           "needs a new one." },
    [PROBLEM_OUT_OF_STOCK] = { { "out-of-stock", "Not in stock", 422 },
                               "There is not enough of what was ordered, and the channel takes no "
                               "order that cannot be "
                               "shipped." },
    [PROBLEM_DECLINED] = { { "payment-declined", "The payment was declined", 422 },
                           "The payment provider declined; detail is its reason. A new order may "
                           "be paid in another way." },
    [PROBLEM_NOT_CONFIRMED] = { { "not-confirmed", "The order ended before it was confirmed", 422 },
                                "The order was placed, and canceled before stock and payment were "
                                "secured." },
    [PROBLEM_CANCEL_REFUSED] = { { "cancel-refused", "It is too late to cancel", 409 },
                                 "The order has ended, or a parcel is packed. What arrives can be "
                                 "returned." },
    [PROBLEM_PRECONDITION_REQUIRED] = { { "precondition-required", "If-Match is required", 428 },
                                        "An edit says which version it changes: send If-Match with "
                                        "the ETag of the last answer." },
    [PROBLEM_RATE_LIMITED] = { { "rate-limited", "Too many requests", 429 },
                               "The key, its channel, or the address that follows a link asked "
                               "more often than it may. Retry-After "
                               "says in how many seconds there is room again; RateLimit-Policy "
                               "says "
                               "what is allowed." },
    [PROBLEM_LONG_HEAD] = { { "headers-too-large", "Too many headers", 431 },
                            "More than 64 headers, or more than 16 KiB of them." },
    [PROBLEM_INTERNAL] = { { "internal", "Internal error", 500 },
                           "A fault of ours. Tell the operators the request id." },
    [PROBLEM_UNAVAILABLE] = { { "unavailable", "Temporarily unavailable", 503 },
                              "A part of the system is away, and nothing happened. Repeat the "
                              "request after the seconds in "
                              "Retry-After." },
    [PROBLEM_OVERLOADED] = { { "overloaded", "Too many orders at once", 503 },
                             "Orders come faster than they are worked on, and this one was not "
                             "taken. Repeat it after the "
                             "seconds in Retry-After, under the same name." },
    [PROBLEM_OUTCOME_UNKNOWN] = { { "outcome-unknown", "The outcome is not known", 504 },
                                  "The request was sent on and not acknowledged in time: it may "
                                  "happen or not. Repeat it with "
                                  "the same Idempotency-Key or channel_order_ref; it will not "
                                  "happen twice." },
};

const struct problem_entry *problem_find(const char *slug)
{
    for (size_t i = 0; i < PROBLEM_COUNT; i++) {
        if (strcmp(problem_catalogue[i].problem.slug, slug) == 0) {
            return &problem_catalogue[i];
        }
    }
    return NULL;
}
