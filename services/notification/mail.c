/* mail.c - a message becomes a request to the mail server, and its reply becomes the end of the message. */
#include "services/notification/mail.h"

#include "common/arena.h"
#include "common/order_link.h"
#include "common/supplier_link.h"
#include "common/text.h"
#include "services/notification/customer_message.h"
#include "services/notification/invoice_letter.h"
#include "services/notification/letter.h"
#include "services/notification/mime.h"
#include "services/notification/supplier_letter.h"
#include "services/notification/template_files.h"

#include <assert.h>

enum {
    TEMPLATE_BYTES_MAX = 1 << 21,
    PATH_MAX_LENGTH = 1024,
    NAME_MAX_LENGTH = 100,
    SECRET_LENGTH_MAX = 200,
    URL_LENGTH_MAX = 1024
};

/* Set at the start, read ever after. */
static const char *templates_folder = "services/notification/templates";
static struct letter_sender sender = { "Kervan", "orders@shop.example" };
static const char *public_url = "http://127.0.0.1:8080", *link_secret = "";
static struct letter_templates templates;
static struct arena *memory;

const struct setting mail_settings[MAIL_SETTING_COUNT] = {
    { "KERVAN_TEMPLATES", SETTING_TEXT, &templates_folder, "services/notification/templates", 1,
      PATH_MAX_LENGTH, "folder of the texts of mails" },
    { "KERVAN_MAIL_FROM", SETTING_TEXT, &sender.address, "orders@shop.example", 3, 254,
      "address that mails come from" },
    { "KERVAN_SHOP_NAME", SETTING_TEXT, &sender.shop, "Kervan", 1, NAME_MAX_LENGTH,
      "name that mails come from" },
    { "KERVAN_PUBLIC_URL", SETTING_TEXT, &public_url, "http://127.0.0.1:8080", 8, URL_LENGTH_MAX,
      "where shoppers reach the gateway; links in mails begin with it" },
    { "KERVAN_LINK_SECRET", SETTING_SECRET, &link_secret, NULL, LINK_SECRET_LENGTH_MIN,
      SECRET_LENGTH_MAX, "signs links in mails; the gateway has the same" },
};

enum err mail_start(struct ctx *ctx)
{
    if (!mime_is_address(sender.address)) {
        return err_set(ctx, ERR_FATAL,
                       "KERVAN_MAIL_FROM must be an address such as orders@shop.example");
    }
    if (memory == NULL) {
        memory = arena_new(TEMPLATE_BYTES_MAX);
    }
    return template_files_read(ctx, memory, templates_folder, &templates);
}

static void post(struct arena *arena, const char *to, const struct letter *letter,
                 struct outside_request *ret)
{
    ret->method = "MAIL";
    ret->path = text_format(arena, "%s %s", sender.address, to);
    ret->body = letter->bytes;
    ret->body_length = letter->length;
}

void mail_request(struct arena *arena, const void *payload, const char *key,
                  struct outside_request *ret)
{
    struct notification_mail mail = *(const struct notification_mail *)payload;

    assert(memory != NULL); /* mail_start */
    if (mail.message == CUSTOMER_MESSAGE_CHOICE_ASKED) {
        mail.url = text_format(arena, "%s/choices/%s", public_url,
                               choice_token(arena, link_secret, mail.order_id, mail.until));
    }
    mail.follow_url = text_format(arena, "%s/track/%s", public_url,
                                  tracking_token(arena, link_secret, mail.order_id,
                                                 mail.decided_at + TRACKING_LINK_VALID_MS));
    struct letter letter = letter_write(arena, &templates, &sender, &mail, key);
    post(arena, mail.email, &letter, ret);
}

void supplier_mail_request(struct arena *arena, const void *payload, const char *key,
                           struct outside_request *ret)
{
    const struct notification_supplier_mail *mail = payload;
    const char *token = supplier_token(arena, link_secret, mail->purchase_order_id,
                                       mail->sent_at + SUPPLIER_LINK_VALID_MS);
    const char *link =
        token == NULL ? NULL : text_format(arena, "%s/suppliers/%s", public_url, token);

    assert(memory != NULL); /* mail_start */
    struct letter letter = supplier_letter_write(arena, &templates, &sender,
                                                 &(struct supplier_letter){ mail, key, link });
    post(arena, mail->email, &letter, ret);
}

void invoice_mail_request(struct arena *arena, const void *payload, const char *key,
                          struct outside_request *ret)
{
    const struct notification_invoice_mail *mail = payload;

    assert(memory != NULL); /* mail_start */
    struct letter letter = invoice_letter_write(arena, &templates, &sender, mail, key);
    post(arena, mail->email, &letter, ret);
}

/* Replies that mean this mail, to this mailbox, will never be taken.  Others of 500 and above mean that we talk to the server in a
 * way that it does not like (no authentication, say): that is ours to mend, and no mail is lost meanwhile. */
static bool is_refusal(int64_t status)
{
    return status == 501 || status == 521 || status == 541 || (status >= 550 && status <= 554) ||
           status == 556;
}

enum effect_verdict mail_read(struct arena *arena, const void *payload, const struct http_end *end,
                              bool asked, const void **ret_result)
{
    struct mail_end *result = arena_alloc(arena, sizeof *result);

    (void)payload;
    (void)asked;
    result->accepted = end->status < 400;
    *ret_result = result;
    return result->accepted || is_refusal(end->status) ? EFFECT_DONE : EFFECT_AGAIN;
}
