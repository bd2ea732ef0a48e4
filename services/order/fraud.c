/* fraud.c - rules as rows, what an order is known by, and a function for each kind of rule. */
#include "services/order/fraud.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/text.h"
#include "proto/order.h"
#include "services/order/tables.h"

#include <string.h>

static const char *const subject_words[] = {
    [FRAUD_SUBJECT_EMAIL] = "email",
    [FRAUD_SUBJECT_PHONE] = "phone",
    [FRAUD_SUBJECT_TOKEN] = "token",
    [FRAUD_SUBJECT_ADDRESS] = "address",
};
enum { SUBJECT_COUNT = sizeof subject_words / sizeof subject_words[0] };

/* --- Rules as rows ---------------------------------------------------------------------------- */

void fraud_rules_need(const char *code, struct rows *rows)
{
    rows_want(rows, &order_fraud_rule_table, key_text(code));
}

static struct fraud_rule_row **rules_of(const char *code, const struct rows *rows)
{
    return (struct fraud_rule_row **)rows_list(rows, &order_fraud_rule_table, key_text(code));
}

static struct fraud_rule_row row_of(const char *code, const struct fraud_rule *rule)
{
    return (struct fraud_rule_row){
        .code = code,
        .kind = rule->kind,
        .points = rule->points,
        .at_least_minor = rule->has_at_least_minor ? rule->at_least_minor : 0,
        .currency = rule->currency,
        .subject = rule->subject,
        .orders = rule->has_orders ? rule->orders : 0,
        .within_ms = rule->has_within_ms ? rule->within_ms : 0,
    };
}

static bool is_same(const struct fraud_rule_row *one, const struct fraud_rule_row *other)
{
    return one->kind == other->kind && one->points == other->points &&
           one->at_least_minor == other->at_least_minor &&
           text_equal(one->currency, other->currency) && one->subject == other->subject &&
           one->orders == other->orders && one->within_ms == other->within_ms;
}

bool fraud_rules_are(const char *code, const struct fraud_policy *policy, const struct rows *rows)
{
    struct fraud_rule_row **stored = rules_of(code, rows);
    size_t count = policy == NULL ? 0 : policy->rules_count;

    for (size_t i = 0; i < count; i++, stored++) {
        struct fraud_rule_row row = row_of(code, &policy->rules[i]);

        if (*stored == NULL || !is_same(*stored, &row)) {
            return false;
        }
    }
    return *stored == NULL;
}

void fraud_rules_put(const char *code, const struct fraud_policy *policy, struct rows *rows)
{
    struct fraud_rule_row **stored = rules_of(code, rows);
    int64_t rule_no = 0;

    for (; *stored != NULL; stored++) {
        rule_no = (*stored)->rule_no;
        rows_remove(rows, &order_fraud_rule_table, *stored);
    }
    for (size_t i = 0; policy != NULL && i < policy->rules_count; i++) {
        struct fraud_rule_row row = row_of(code, &policy->rules[i]);

        row.rule_no = ++rule_no;
        rows_insert(rows, &order_fraud_rule_table, &row);
    }
}

int64_t fraud_rules_count_by(const struct fraud_policy *policy)
{
    int64_t subjects = 0;

    for (size_t i = 0; policy != NULL && i < policy->rules_count; i++) {
        const struct fraud_rule *rule = &policy->rules[i];

        subjects |= rule->kind == FRAUD_RULE_KIND_VELOCITY ? INT64_C(1) << rule->subject : 0;
    }
    return subjects;
}

static const char *missing_of(const struct fraud_rule *rule)
{
    bool amount = rule->kind == FRAUD_RULE_KIND_AMOUNT;
    bool velocity = rule->kind == FRAUD_RULE_KIND_VELOCITY;
    const struct {
        const char *member;
        bool is_missing;
    } needs[] = {
        { "at_least_minor", amount && !rule->has_at_least_minor },
        { "currency", amount && rule->currency == NULL },
        { "subject", velocity && rule->subject == FRAUD_SUBJECT_ABSENT },
        { "orders", velocity && !rule->has_orders },
        { "within_ms", velocity && !rule->has_within_ms },
    };

    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (needs[i].is_missing) {
            return needs[i].member;
        }
    }
    return NULL;
}

bool fraud_rules_make_sense(struct arena *arena, const struct fraud_policy *policy,
                            struct field_error *ret)
{
    for (size_t i = 0; policy != NULL && i < policy->rules_count; i++) {
        const char *missing = missing_of(&policy->rules[i]);

        if (missing != NULL) {
            *ret = (struct field_error){
                .pointer = text_format(arena, "/fraud/rules/%zu/%s", i, missing),
                .detail = "is missing: a rule of this kind needs it",
            };
            return false;
        }
    }
    return true;
}

/* --- What an order is known by ------------------------------------------------------------------ */

/* "token:" and 255 characters are the longest. */
struct key_name {
    char text[272];
    size_t length; /* 0: the order does not say */
};

static char small(char character)
{
    return (char)(character >= 'A' && character <= 'Z' ? character - 'A' + 'a' : character);
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character & 0x80) != 0;
}

static void append(struct key_name *name, char character)
{
    if (name->length + 1 < sizeof name->text) {
        name->text[name->length++] = character;
        name->text[name->length] = '\0';
    }
}

static struct key_name key_begin(const char *subject)
{
    struct key_name name = { .length = 0 };

    while (*subject != '\0') {
        append(&name, *subject++);
    }
    append(&name, ':');
    return name;
}

static struct key_name key_of(const char *subject, const char *value)
{
    struct key_name name = key_begin(subject);
    size_t empty = name.length;
    bool phone = text_equal(subject, "phone");

    for (; value != NULL && *value != '\0'; value++) {
        if (!phone || is_digit(*value)) {
            append(&name, small(*value));
        }
    }
    name.length = name.length == empty ? 0 : name.length;
    return name;
}

const char *fraud_key(struct arena *arena, const char *entry)
{
    size_t length = strcspn(entry, ":");
    struct key_name name = key_of(arena_copy_text(arena, entry, length),
                                  entry[length] == ':' ? entry + length + 1 : NULL);

    return name.length == 0 ? NULL : arena_copy_text(arena, name.text, name.length);
}

static void append_plain(struct key_name *name, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (is_digit(*text) || is_letter(small(*text))) {
            append(name, small(*text));
        }
    }
}

/* However it is spaced and punctuated: letters of any script and digits count. */
static struct key_name address_key(const struct postal_address *to)
{
    struct key_name name = key_begin("address");

    append_plain(&name, to->country);
    append_plain(&name, to->postal_code);
    append_plain(&name, to->line1);
    while (!text_is_utf8(name.text)) {
        name.text[--name.length] = '\0'; /* no letter is cut in two */
    }
    return name;
}

static struct key_name subject_key(const struct order_submit *submit, int64_t subject)
{
    const char *values[SUBJECT_COUNT] = {
        [FRAUD_SUBJECT_EMAIL] = submit->customer.email,
        [FRAUD_SUBJECT_PHONE] = submit->customer.phone,
        [FRAUD_SUBJECT_TOKEN] = submit->payment.token,
    };

    return subject == FRAUD_SUBJECT_ADDRESS ? address_key(&submit->ship_to)
                                            : key_of(subject_words[subject], values[subject]);
}

static struct key_name domain_key(const struct order_submit *submit)
{
    const char *email = submit->customer.email;
    const char *at = email == NULL ? NULL : strrchr(email, '@');

    return key_of("domain", at == NULL ? NULL : at + 1);
}

static void want(struct rows *rows, const struct table *table, struct key_name name)
{
    if (name.length > 0) {
        rows_want(rows, table, key_text(name.text));
    }
}

static bool is_counted(const struct channel_row *channel, int64_t subject)
{
    return (channel->counted >> subject & 1) != 0;
}

void fraud_need(const struct channel_row *channel, const struct order_submit *submit,
                struct rows *rows)
{
    fraud_rules_need(channel->code, rows);
    for (int64_t subject = 1; subject < SUBJECT_COUNT; subject++) {
        want(rows, &order_block_table, subject_key(submit, subject));
        if (is_counted(channel, subject)) {
            want(rows, &order_velocity_table, subject_key(submit, subject));
        }
    }
    want(rows, &order_block_table, domain_key(submit));
}

/* --- Who ordered lately ---------------------------------------------------------------------------- */

/* How many of the instants are not before `since`. */
static int64_t orders_since(const struct velocity_row *velocity, int64_t since)
{
    int64_t count = 0;

    for (size_t at = 0; at + INSTANT_BYTES <= velocity->recent.length; at += INSTANT_BYTES) {
        count += instant_unpack(velocity->recent.bytes + at) >= since ? 1 : 0;
    }
    return count;
}

static struct bytes one_more(struct arena *arena, struct bytes recent, int64_t now)
{
    const size_t kept_max = (size_t)(VELOCITY_ORDERS_MAX - 1) * INSTANT_BYTES;
    size_t kept = recent.length < kept_max ? recent.length : kept_max;
    unsigned char *bytes = arena_alloc(arena, kept + INSTANT_BYTES);

    if (kept > 0) {
        memcpy(bytes, recent.bytes + recent.length - kept, kept);
    }
    instant_pack(now, bytes + kept);
    return (struct bytes){ bytes, kept + INSTANT_BYTES };
}

static void count_order(struct decision *out, struct key_name name)
{
    struct velocity_row *velocity = NULL;

    if (name.length == 0) {
        return;
    }
    velocity = rows_find(out->rows, &order_velocity_table, key_text(name.text));
    if (velocity == NULL) {
        const char *key = arena_copy_text(out->arena, name.text, name.length);

        velocity =
            rows_insert(out->rows, &order_velocity_table, &(struct velocity_row){ .key = key });
    }
    velocity->recent = one_more(out->arena, velocity->recent, out->now);
    velocity->last_at = out->now;
    rows_update(out->rows, &order_velocity_table, velocity);
}

static struct key_name known_key(const struct contact_row *contact, int64_t subject)
{
    const struct postal_address to = { .line1 = contact->ship_line1,
                                       .postal_code = contact->ship_postal_code,
                                       .country = contact->ship_country };
    const char *values[SUBJECT_COUNT] = {
        [FRAUD_SUBJECT_EMAIL] = contact->email,
        [FRAUD_SUBJECT_PHONE] = contact->phone,
        [FRAUD_SUBJECT_TOKEN] = contact->payment_token,
    };

    if (subject == FRAUD_SUBJECT_ADDRESS) {
        return to.line1 == NULL ? (struct key_name){ .length = 0 } : address_key(&to);
    }
    return key_of(subject_words[subject], values[subject]);
}

void fraud_need_known(const struct contact_row *contact, struct rows *rows)
{
    for (int64_t subject = 1; subject < SUBJECT_COUNT; subject++) {
        want(rows, &order_velocity_table, known_key(contact, subject));
    }
}

void fraud_forget(const struct contact_row *contact, struct rows *rows)
{
    for (int64_t subject = 1; subject < SUBJECT_COUNT; subject++) {
        struct key_name name = known_key(contact, subject);
        void *velocity =
            name.length == 0 ? NULL : rows_find(rows, &order_velocity_table, key_text(name.text));

        if (velocity != NULL) {
            rows_remove(rows, &order_velocity_table, velocity);
        }
    }
}

/* --- A function for each kind of rule: what was found, or NULL ---------------------------------------- */

struct look {
    struct decision *out;
    const struct order_submit *submit;
};

static const char *look_at_amount(const struct look *look, const struct fraud_rule_row *rule)
{
    const struct order_submit *submit = look->submit;

    if (submit->total_minor < rule->at_least_minor ||
        !text_equal(submit->currency, rule->currency)) {
        return NULL;
    }
    return text_format(look->out->arena, "total_minor %lld %s, at least %lld",
                       (long long)submit->total_minor, submit->currency,
                       (long long)rule->at_least_minor);
}

static const char *look_at_countries(const struct look *look, const struct fraud_rule_row *rule)
{
    const struct order_submit *submit = look->submit;

    (void)rule;
    if (submit->bill_to == NULL || text_equal(submit->bill_to->country, submit->ship_to.country)) {
        return NULL;
    }
    return text_format(look->out->arena, "bill to %s, parcel to %s", submit->bill_to->country,
                       submit->ship_to.country);
}

static const char *look_at_velocity(const struct look *look, const struct fraud_rule_row *rule)
{
    struct key_name name = subject_key(look->submit, rule->subject);
    const struct velocity_row *velocity =
        name.length == 0 ? NULL
                         : rows_find(look->out->rows, &order_velocity_table, key_text(name.text));
    int64_t count = velocity == NULL ? 0 : orders_since(velocity, look->out->now - rule->within_ms);

    if (count < rule->orders) {
        return NULL;
    }
    return text_format(look->out->arena, "order %lld of this %s within %lld s", (long long)count,
                       subject_words[rule->subject], (long long)rule->within_ms / 1000);
}

static bool is_blocked(const struct look *look, struct key_name name)
{
    return name.length > 0 &&
           rows_find(look->out->rows, &order_block_table, key_text(name.text)) != NULL;
}

static const char *look_at_block_list(const struct look *look, const struct fraud_rule_row *rule)
{
    (void)rule;
    for (int64_t subject = 1; subject < SUBJECT_COUNT; subject++) {
        if (is_blocked(look, subject_key(look->submit, subject))) {
            return text_format(look->out->arena, "%s is on the block list", subject_words[subject]);
        }
    }
    return is_blocked(look, domain_key(look->submit)) ? "domain is on the block list" : NULL;
}

static const char *(*const looks[])(const struct look *, const struct fraud_rule_row *) = {
    [FRAUD_RULE_KIND_AMOUNT] = look_at_amount,
    [FRAUD_RULE_KIND_COUNTRIES] = look_at_countries,
    [FRAUD_RULE_KIND_VELOCITY] = look_at_velocity,
    [FRAUD_RULE_KIND_BLOCKED] = look_at_block_list,
};

struct fraud_score fraud_look(struct decision *out, const struct channel_row *channel,
                              const struct order_submit *submit)
{
    struct look look = { out, submit };
    struct fraud_score score = { .reason_count = 0 };

    for (int64_t subject = 1; subject < SUBJECT_COUNT; subject++) {
        if (is_counted(channel, subject)) {
            count_order(out, subject_key(submit, subject));
        }
    }
    for (struct fraud_rule_row **rule = rules_of(channel->code, out->rows);
         *rule != NULL && score.reason_count < FRAUD_REASONS_MAX; rule++) {
        const char *found = looks[(*rule)->kind](&look, *rule);

        if (found != NULL) {
            score.reasons[score.reason_count++] =
                (struct fraud_reason){ (*rule)->kind, (*rule)->points, found };
            score.points += (*rule)->points;
        }
    }
    return score;
}
