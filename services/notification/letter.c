/* letter.c - fills the templates of a message from its payload. */
#include "services/notification/letter.h"

#include "common/arena.h"
#include "common/buffer.h"
#include "services/notification/mime.h"
#include "services/notification/template.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* Quoted-printable makes three bytes of one at most.  Widths are those of the longest values, escaped. */
enum {
    PART_BYTES_MAX = 1 << 18,
    LETTER_BYTES_MAX = 1 << 21,
    VALUE_COUNT = 17,
    LIST_COUNT = 14,
    LINE_VALUES = 3,
    VALUE_WIDTH_MAX = 720,
    CELL_WIDTH_MAX = 64,
    LINK_WIDTH_MAX = 10240
};

static const char *const words[LETTER_KINDS] = {
    [CUSTOMER_MESSAGE_RECEIVED] = "received",
    [CUSTOMER_MESSAGE_CONFIRMED] = "confirmed",
    [CUSTOMER_MESSAGE_SHIPPED] = "shipped",
    [CUSTOMER_MESSAGE_DELIVERED] = "delivered",
    [CUSTOMER_MESSAGE_CANCELED] = "canceled",
    [CUSTOMER_MESSAGE_REJECTED] = "rejected",
    [CUSTOMER_MESSAGE_EXPIRED] = "expired",
    [CUSTOMER_MESSAGE_PAYMENT_AWAITED] = "payment_awaited",
    [CUSTOMER_MESSAGE_PAYMENT_FAILED] = "payment_failed",
    [CUSTOMER_MESSAGE_CHOICE_ASKED] = "choice_asked",
    [CUSTOMER_MESSAGE_REDUCED] = "reduced",
    [CUSTOMER_MESSAGE_PARTLY_SHIPPED] = "partly_shipped",
    [CUSTOMER_MESSAGE_DELAYED] = "delayed",
    [CUSTOMER_MESSAGE_REFUNDED] = "refunded",
    [CUSTOMER_MESSAGE_COMPLETED] = "completed",
    [CUSTOMER_MESSAGE_REFUND_REVERSED] = "refund_reversed",
    [CUSTOMER_MESSAGE_PROMISE_CHANGED] = "promise_changed",
};

const char *letter_word(enum customer_message message)
{
    assert(message > CUSTOMER_MESSAGE_ABSENT && message < (int)LETTER_KINDS);
    return words[message];
}

/* `width` times the letter x. */
static const char *wide(struct arena *arena, size_t width)
{
    char *text = arena_alloc(arena, width + 1);

    memset(text, 'x', width);
    return text;
}

const char *letter_model_problem(struct arena *arena, const char *text,
                                 const struct template_model *model)
{
    const char *problem = template_problem(arena, text, model);

    if (problem == NULL) {
        struct buffer buffer;

        buffer_init(&buffer, PART_BYTES_MAX);
        template_fill(&buffer, text, model, TEMPLATE_PLAIN);
        problem = buffer.overflowed ? "a mail could become too large" : NULL;
        buffer_release(&buffer);
    }
    return problem;
}

const char *letter_template_problem(struct arena *arena, const char *text)
{
    const char *value = wide(arena, VALUE_WIDTH_MAX), *cell = wide(arena, CELL_WIDTH_MAX);
    const struct template_value values[VALUE_COUNT] = {
        { "shop", value },
        { "language", value },
        { "name", value },
        { "order", value },
        { "date", value },
        { "total", value },
        { "tax", value },
        { "shipping", value },
        { "carrier", value },
        { "tracking", value },
        { "amount", value },
        { "until", value },
        { "reference", value },
        { "link", wide(arena, LINK_WIDTH_MAX) },
        { "earliest", value },
        { "latest", value },
        { "follow", wide(arena, LINK_WIDTH_MAX) },
    };
    struct template_value rows[LETTER_LINES_MAX * LINE_VALUES];
    const struct template_value rest[] = { { "count", cell } };
    const struct template_list lists[LIST_COUNT] = {
        { "lines", rows, LETTER_LINES_MAX, LINE_VALUES },
        { "rest", rest, 1, 1 },
        { "named", NULL, 1, 0 },
        { "tracked", NULL, 1, 0 },
        { "taxed", NULL, 1, 0 },
        { "dated", NULL, 1, 0 },
        { "transfer", NULL, 1, 0 },
        { "page", NULL, 1, 0 },
        { "stock", NULL, 1, 0 },
        { "packing", NULL, 1, 0 },
        { "transit", NULL, 1, 0 },
        { "unsaid", NULL, 1, 0 },
        { "promised", NULL, 1, 0 },
        { "followed", NULL, 1, 0 },
    };
    const struct template_model model = { values, VALUE_COUNT, lists, LIST_COUNT };

    for (size_t i = 0; i < LETTER_LINES_MAX; i++) {
        rows[i * LINE_VALUES] = (struct template_value){ "sku", cell };
        rows[i * LINE_VALUES + 1] = (struct template_value){ "quantity", cell };
        rows[i * LINE_VALUES + 2] = (struct template_value){ "price", cell };
    }
    return letter_model_problem(arena, text, &model);
}

static bool is_word_character(char character)
{
    unsigned char byte = (unsigned char)character;

    return byte >= 0x80 || (byte >= '0' && byte <= '9') ||
           ((byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z');
}

/* A name is typed by whoever orders, for whatever address: one that mail programs would turn into a link is not used. */
static bool looks_like_link(const char *name)
{
    if (strpbrk(name, "/@:\\") != NULL) {
        return true;
    }
    for (const char *dot = strchr(name, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        if (dot > name && is_word_character(dot[-1]) && is_word_character(dot[1]) &&
            is_word_character(dot[2])) {
            return true;
        }
    }
    return false;
}

static const char *amount(struct arena *arena, enum language language,
                          const struct notification_mail *mail, int64_t amount_minor)
{
    return mail->currency == NULL ? ""
                                  : language_money(arena, language, amount_minor, mail->currency);
}

static const struct template_value *fill_lines(struct arena *arena, enum language language,
                                               const struct notification_mail *mail)
{
    struct template_value *values =
        arena_alloc(arena, mail->lines_count * LINE_VALUES * sizeof *values);

    for (size_t i = 0; i < mail->lines_count; i++) {
        const struct notification_mail_line *line = &mail->lines[i];
        struct template_value *row = &values[i * LINE_VALUES];

        row[0] = (struct template_value){ "sku", line->sku };
        row[1] =
            (struct template_value){ "quantity", language_number(arena, language, line->quantity) };
        row[2] =
            (struct template_value){ "price", amount(arena, language, mail, line->price_minor) };
    }
    return values;
}

static const char *text_or_none(const char *text)
{
    return text == NULL ? "" : text;
}

static void fill_values(struct arena *arena, enum language language, const char *shop,
                        const struct notification_mail *mail, struct template_value *ret)
{
    const struct template_value values[VALUE_COUNT] = {
        { "shop", shop },
        { "language", language_tag(language) },
        { "name", mail->name },
        { "order", mail->channel_order_ref != NULL ? mail->channel_order_ref : mail->order_id },
        { "date", language_date(arena, language, mail->happened_at) },
        { "total", amount(arena, language, mail, mail->total_minor) },
        { "shipping", amount(arena, language, mail, mail->shipping_price_minor) },
        { "carrier", text_or_none(mail->carrier) },
        { "tracking", text_or_none(mail->tracking_number) },
        { "tax", amount(arena, language, mail, mail->tax_minor) },
        { "amount", amount(arena, language, mail, mail->amount_minor) },
        { "until", mail->has_until ? language_moment(arena, language, mail->until) : "" },
        { "reference", text_or_none(mail->reference) },
        { "link", text_or_none(mail->url) },
        { "earliest",
          mail->has_promised_from ? language_date(arena, language, mail->promised_from) : "" },
        { "latest",
          mail->has_promised_until ? language_date(arena, language, mail->promised_until) : "" },
        { "follow", text_or_none(mail->follow_url) },
    };

    memcpy(ret, values, sizeof values);
}

const char *letter_fill(struct arena *arena, const char *text, const struct template_model *model,
                        enum template_escape escape)
{
    struct buffer buffer;

    buffer_init(&buffer, PART_BYTES_MAX);
    template_fill(&buffer, text, model, escape);
    assert(!buffer.overflowed); /* letter_model_problem has tried */
    const char *filled = arena_copy_text(arena, buffer.bytes, buffer.length);
    buffer_release(&buffer);
    return filled;
}

struct letter letter_mime(struct arena *arena, const struct mime_mail *mail)
{
    struct buffer buffer;

    buffer_init(&buffer, LETTER_BYTES_MAX);
    mime_write(&buffer, mail);
    assert(!buffer.overflowed);
    struct letter letter = { arena_copy(arena, buffer.bytes, buffer.length), buffer.length };
    buffer_release(&buffer);
    return letter;
}

/* With the carrier, or about to be. */
static bool is_in_transit(const struct notification_mail *mail)
{
    return mail->awaited == NOTIFICATION_MAIL_AWAITED_CARRIER ||
           mail->awaited == NOTIFICATION_MAIL_AWAITED_DELIVERY;
}

struct letter letter_write(struct arena *arena, const struct letter_templates *templates,
                           const struct letter_sender *sender, const struct notification_mail *mail,
                           const char *key)
{
    enum language language = language_of(mail->locale);
    const char *const *texts = templates->texts[mail->message][language];
    bool named = !looks_like_link(mail->name);
    struct template_value values[VALUE_COUNT];
    const struct template_value rest[] = {
        { "count", language_number(arena, language, mail->more_lines) },
    };
    const struct template_list lists[LIST_COUNT] = {
        { "lines", fill_lines(arena, language, mail), mail->lines_count, LINE_VALUES },
        { "rest", rest, mail->more_lines > 0, 1 },
        { "named", NULL, named, 0 },
        { "tracked", NULL, mail->tracking_number != NULL, 0 },
        { "taxed", NULL, mail->tax_minor > 0, 0 },
        { "dated", NULL, mail->has_until, 0 },
        { "transfer", NULL, mail->reference != NULL, 0 },
        { "page", NULL, mail->url != NULL, 0 },
        { "stock", NULL, mail->awaited == NOTIFICATION_MAIL_AWAITED_STOCK, 0 },
        { "packing", NULL, mail->awaited == NOTIFICATION_MAIL_AWAITED_PACKING, 0 },
        { "transit", NULL, is_in_transit(mail), 0 },
        { "unsaid", NULL, mail->awaited == NOTIFICATION_MAIL_AWAITED_ABSENT, 0 },
        { "promised", NULL, mail->has_promised_until, 0 },
        { "followed", NULL, mail->follow_url != NULL, 0 },
    };
    const struct template_model model = { values, VALUE_COUNT, lists, LIST_COUNT };

    fill_values(arena, language, sender->shop, mail, values);
    const struct mime_mail mime = {
        .from = { sender->shop, sender->address },
        .to = { named ? mail->name : NULL, mail->email },
        .subject = letter_fill(arena, texts[LETTER_SUBJECT], &model, TEMPLATE_PLAIN),
        .id = key,
        .date = mail->decided_at,
        .language = language_tag(language),
        .text = letter_fill(arena, texts[LETTER_TEXT], &model, TEMPLATE_PLAIN),
        .html = letter_fill(arena, texts[LETTER_HTML], &model, TEMPLATE_HTML),
    };

    return letter_mime(arena, &mime);
}
