/* supplier_letter.c - fills the templates of the mail with a purchase order. */
#include "services/notification/supplier_letter.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "services/notification/mime.h"
#include "services/notification/template.h"

#include <string.h>

enum {
    VALUE_COUNT = 8,
    LIST_COUNT = 2,
    VALUE_WIDTH_MAX = 720,
    LINK_WIDTH_MAX = 10240,
    DAY_MS = 86400000
};

const char *supplier_letter_problem(struct arena *arena, const char *text)
{
    char *value = arena_alloc(arena, VALUE_WIDTH_MAX + 1);
    char *link = arena_alloc(arena, LINK_WIDTH_MAX + 1);
    const struct template_value values[VALUE_COUNT] = {
        { "shop", value }, { "language", value }, { "supplier", value }, { "order", value },
        { "date", value }, { "total", value },    { "wanted", value },   { "link", link },
    };
    const struct template_list lists[LIST_COUNT] = { { "dated", NULL, 1, 0 },
                                                     { "page", NULL, 1, 0 } };
    const struct template_model model = { values, VALUE_COUNT, lists, LIST_COUNT };

    memset(value, 'x', VALUE_WIDTH_MAX);
    memset(link, 'x', LINK_WIDTH_MAX);
    return letter_model_problem(arena, text, &model);
}

static const char *wanted_day(struct arena *arena, enum language language, const char *date)
{
    int64_t day = 0;

    return date != NULL && calendar_day_parse(date, &day)
               ? language_date(arena, language, day * DAY_MS)
               : "";
}

static const struct mime_attachment *attachments_of(struct arena *arena,
                                                    const struct notification_supplier_mail *mail)
{
    struct mime_attachment *attachments =
        arena_alloc(arena, mail->attachments_count * sizeof *attachments);

    for (size_t i = 0; i < mail->attachments_count; i++) {
        attachments[i] =
            (struct mime_attachment){ mail->attachments[i].name, mail->attachments[i].media_type,
                                      mail->attachments[i].content };
    }
    return attachments;
}

struct letter supplier_letter_write(struct arena *arena, const struct letter_templates *templates,
                                    const struct letter_sender *sender,
                                    const struct supplier_letter *letter)
{
    const struct notification_supplier_mail *mail = letter->mail;
    enum language language = language_of(mail->language);
    const char *const *texts = templates->supplier_order[language];
    const struct template_value values[VALUE_COUNT] = {
        { "shop", sender->shop },
        { "language", language_tag(language) },
        { "supplier", mail->name },
        { "order", mail->purchase_order_id },
        { "date", language_date(arena, language, mail->sent_at) },
        { "total", language_money(arena, language, mail->total_minor, mail->currency) },
        { "wanted", wanted_day(arena, language, mail->deliver_on) },
        { "link", letter->link == NULL ? "" : letter->link },
    };
    const struct template_list lists[LIST_COUNT] = { { "dated", NULL, mail->deliver_on != NULL, 0 },
                                                     { "page", NULL, letter->link != NULL, 0 } };
    const struct template_model model = { values, VALUE_COUNT, lists, LIST_COUNT };
    const struct mime_mail mime = {
        .from = { sender->shop, sender->address },
        .to = { mail->name, mail->email },
        .subject = letter_fill(arena, texts[LETTER_SUBJECT], &model, TEMPLATE_PLAIN),
        .id = letter->key,
        .date = mail->sent_at,
        .language = language_tag(language),
        .text = letter_fill(arena, texts[LETTER_TEXT], &model, TEMPLATE_PLAIN),
        .html = letter_fill(arena, texts[LETTER_HTML], &model, TEMPLATE_HTML),
        .attachments = attachments_of(arena, mail),
        .attachment_count = mail->attachments_count,
    };

    return letter_mime(arena, &mime);
}
