/* invoice_letter.c - fills the templates of the mail with an invoice. */
#include "services/notification/invoice_letter.h"

#include "common/arena.h"
#include "services/notification/mime.h"
#include "services/notification/template.h"

#include <string.h>

enum { VALUE_COUNT = 7, VALUE_WIDTH_MAX = 720 };

static const char *title_of(enum language language, enum document_kind kind)
{
    static const char *const titles[LANGUAGE_COUNT][2] = {
        [LANGUAGE_ENGLISH] = { "Invoice", "Credit note" },
        [LANGUAGE_TURKISH] = { "Fatura", "İade faturası" },
        [LANGUAGE_UKRAINIAN] = { "Рахунок-фактура", "Кредит-нота" },
    };

    return titles[language][kind == DOCUMENT_KIND_CREDIT_NOTE ? 1 : 0];
}

const char *invoice_letter_problem(struct arena *arena, const char *text)
{
    char *value = arena_alloc(arena, VALUE_WIDTH_MAX + 1);
    const struct template_value values[VALUE_COUNT] = {
        { "shop", value },   { "language", value }, { "name", value },  { "title", value },
        { "number", value }, { "date", value },     { "total", value },
    };
    const struct template_model model = { values, VALUE_COUNT, NULL, 0 };

    memset(value, 'x', VALUE_WIDTH_MAX);
    return letter_model_problem(arena, text, &model);
}

static const struct mime_attachment *attachments_of(struct arena *arena,
                                                    const struct notification_invoice_mail *mail)
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

struct letter invoice_letter_write(struct arena *arena, const struct letter_templates *templates,
                                   const struct letter_sender *sender,
                                   const struct notification_invoice_mail *mail, const char *key)
{
    enum language language = language_of(mail->language);
    const char *const *texts = templates->invoice[language];
    const struct template_value values[VALUE_COUNT] = {
        { "shop", sender->shop },
        { "language", language_tag(language) },
        { "name", mail->name },
        { "title", title_of(language, mail->kind) },
        { "number", mail->number },
        { "date", language_date(arena, language, mail->sent_at) },
        { "total", language_money(arena, language, mail->amount_minor, mail->currency) },
    };
    const struct template_model model = { values, VALUE_COUNT, NULL, 0 };
    const struct mime_mail mime = {
        .from = { sender->shop, sender->address },
        .to = { mail->name, mail->email },
        .subject = letter_fill(arena, texts[LETTER_SUBJECT], &model, TEMPLATE_PLAIN),
        .id = key,
        .date = mail->sent_at,
        .language = language_tag(language),
        .text = letter_fill(arena, texts[LETTER_TEXT], &model, TEMPLATE_PLAIN),
        .html = letter_fill(arena, texts[LETTER_HTML], &model, TEMPLATE_HTML),
        .attachments = attachments_of(arena, mail),
        .attachment_count = mail->attachments_count,
    };

    return letter_mime(arena, &mime);
}
