/* supplier_page.c - a purchase order as a page that works without a script, in the supplier's language. */
#include "services/gateway/supplier.h"

#include "common/arena.h"
#include "common/text.h"
#include "services/gateway/plain_page.h"

#include <string.h>

enum {
    STATUS_OK = 200,
    STATUS_ACCEPTED = 202,
    STATUS_SEE_OTHER = 303,
    STATUS_PROBLEM = 400,
    STATUS_STALE = 412
};

/* As a form sends them. */
static const char *const reasons[] = { "out_of_stock", "discontinued", "late", "other" };
enum { REASONS = sizeof reasons / sizeof reasons[0] };

struct words {
    const char *title, *number, *place, *item, *ordered, *delivers, *day, *reference;
    const char *ask, *confirm, *decline, *why, *reasons[REASONS];
    const char *confirmed, *declined, *received, *over, *canceled, *changed, *unclear, *refused;
    const char *unknown;
};

static const struct words all_words[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = {
        .title = "Purchase order",
        .number = "Order",
        .place = "Deliver to",
        .item = "Item",
        .ordered = "Ordered",
        .delivers = "You deliver",
        .day = "On",
        .reference = "Your number of the order",
        .ask = "How many do you deliver, and when? What stays as it is needs no change.",
        .confirm = "Confirm",
        .decline = "Decline the whole order",
        .why = "Why",
        .reasons = { "Out of stock", "Discontinued", "Too late", "Another reason" },
        .confirmed = "Thank you. The order is confirmed; you may still change what you said.",
        .declined = "Thank you. The order is declined.",
        .received = "A part of the order has arrived.",
        .over = "The order is over. There is nothing to answer any more.",
        .canceled = "The order is canceled. Please deliver nothing.",
        .changed = "The order was changed in the meantime. Please look again, and answer then.",
        .unclear = "We did not understand the answer. Please use whole numbers and days.",
        .refused = "The answer cannot be taken. At least one piece must be delivered, and no more than ordered.",
        .unknown = "This link leads nowhere. Please use the whole link that you were sent.",
    },
    [LANGUAGE_TURKISH] = {
        .title = "Satın alma siparişi",
        .number = "Sipariş",
        .place = "Teslim yeri",
        .item = "Ürün",
        .ordered = "Sipariş edilen",
        .delivers = "Teslim edeceğiniz",
        .day = "Tarih",
        .reference = "Sizdeki sipariş numarası",
        .ask = "Kaç adet, ne zaman teslim edeceksiniz? Değişmeyen bilgileri olduğu gibi bırakın.",
        .confirm = "Onayla",
        .decline = "Siparişin tamamını reddet",
        .why = "Neden",
        .reasons = { "Stokta yok", "Üretimi durdu", "Çok geç", "Başka bir neden" },
        .confirmed = "Teşekkürler. Sipariş onaylandı; bilgileri yine de değiştirebilirsiniz.",
        .declined = "Teşekkürler. Sipariş reddedildi.",
        .received = "Siparişin bir kısmı ulaştı.",
        .over = "Sipariş kapandı. Artık yanıtlanacak bir şey yok.",
        .canceled = "Sipariş iptal edildi. Lütfen hiçbir şey göndermeyin.",
        .changed = "Sipariş bu arada değişti. Lütfen yeniden bakıp sonra yanıtlayın.",
        .unclear = "Yanıtı anlayamadık. Lütfen tam sayılar ve geçerli tarihler yazın.",
        .refused = "Yanıt kabul edilemedi. En az bir adet teslim edilmeli, sipariş edilenden fazlası yazılmamalı.",
        .unknown = "Bu bağlantı geçersiz. Lütfen size gönderilen bağlantının tamamını kullanın.",
    },
    [LANGUAGE_UKRAINIAN] = {
        .title = "Замовлення постачальнику",
        .number = "Замовлення",
        .place = "Куди доставити",
        .item = "Товар",
        .ordered = "Замовлено",
        .delivers = "Ви доставите",
        .day = "Дата",
        .reference = "Ваш номер замовлення",
        .ask = "Скільки й коли ви доставите? Те, що не змінюється, залиште як є.",
        .confirm = "Підтвердити",
        .decline = "Відхилити все замовлення",
        .why = "Чому",
        .reasons = { "Немає в наявності", "Знято з виробництва", "Запізно", "Інша причина" },
        .confirmed = "Дякуємо. Замовлення підтверджено; відповідь ще можна змінити.",
        .declined = "Дякуємо. Замовлення відхилено.",
        .received = "Частина замовлення вже прибула.",
        .over = "Замовлення завершено. Відповідати вже нема на що.",
        .canceled = "Замовлення скасовано. Будь ласка, нічого не надсилайте.",
        .changed = "Замовлення тим часом змінилося. Перегляньте його ще раз, а тоді дайте відповідь.",
        .unclear = "Ми не зрозуміли відповіді. Вкажіть цілі числа й дати.",
        .refused = "Відповідь не прийнято. Має бути доставлено принаймні одну одиницю й не більше, ніж замовлено.",
        .unknown = "Це посилання нікуди не веде. Скористайтеся повним посиланням, яке ви отримали.",
    },
};

struct page {
    const struct supplier_call *of;
    const struct words *words;
    enum language language;
    struct buffer *body;
};

static struct page page_of(const struct supplier_call *of)
{
    enum language language = language_wanted(http_header(of->call.request, "Accept-Language"));

    return (struct page){ of, &all_words[language], language, &of->call.answer->body };
}

static void begin(const struct page *page, int status)
{
    plain_page_begin(page->of->call.answer,
                     &(struct plain_page){ page->language, page->words->title, status });
}

static void say(const struct page *page, int status, const char *text)
{
    plain_page_say(page->of->call.answer,
                   &(struct plain_page){ page->language, page->words->title, status }, text);
}

/* --- The order -------------------------------------------------------------------------------- */

static void append_input(const struct page *page, const char *name, const char *kind,
                         const char *value)
{
    buffer_append_text(page->body, "<input name=\"");
    plain_page_escaped(page->body, name);
    buffer_append_text(page->body, "\" type=\"");
    buffer_append_text(page->body, kind);
    buffer_append_text(page->body, "\" value=\"");
    plain_page_escaped(page->body, value == NULL ? "" : value);
    buffer_append_text(page->body, "\"");
}

/* What has not arrived: also what the supplier said that it does not deliver. */
static void append_line(const struct page *page, size_t index)
{
    struct arena *arena = page->of->call.request->ctx->arena;
    const struct purchase_glance *order = &page->of->order;
    const struct purchase_line *line = &order->lines[index];
    const char *name = line->supplier_sku == NULL
                           ? line->sku
                           : text_format(arena, "%s (%s)", line->supplier_sku, line->sku);

    buffer_append_text(page->body, "<tr>");
    plain_page_element(page->body, "td", name);
    plain_page_element(page->body, "td", text_format(arena, "%lld", (long long)line->quantity));
    buffer_append_text(page->body, "<td>");
    append_input(page, text_format(arena, "quantity.%zu", index), "number",
                 text_format(arena, "%lld", (long long)line->outstanding));
    buffer_append_text(page->body, " min=\"0\" max=\"");
    buffer_append_int(page->body, line->outstanding + line->undelivered);
    buffer_append_text(page->body, "\"></td><td>");
    append_input(page, text_format(arena, "day.%zu", index), "date",
                 line->expected_on != NULL ? line->expected_on : order->expected_on);
    buffer_append_text(page->body, "></td></tr>\n");
}

static void append_lines(const struct page *page)
{
    buffer_append_text(page->body, "<table><tr>");
    plain_page_element(page->body, "th", page->words->item);
    plain_page_element(page->body, "th", page->words->ordered);
    plain_page_element(page->body, "th", page->words->delivers);
    plain_page_element(page->body, "th", page->words->day);
    buffer_append_text(page->body, "</tr>\n");
    for (size_t i = 0; i < page->of->order.lines_count; i++) {
        append_line(page, i);
    }
    buffer_append_text(page->body, "</table>\n");
}

static void append_button(const struct page *page, const char *value, const char *text)
{
    buffer_append_text(page->body, "<button name=\"do\" value=\"");
    buffer_append_text(page->body, value);
    buffer_append_text(page->body, "\">");
    plain_page_escaped(page->body, text);
    buffer_append_text(page->body, "</button>\n");
}

/* Forms post to the page's own address, with the version that they show. */
static void begin_form(const struct page *page)
{
    buffer_append_text(page->body, "<form method=\"post\">\n");
    append_input(page, "version", "hidden",
                 text_format(page->of->call.request->ctx->arena, "%lld",
                             (long long)page->of->order.version));
    buffer_append_text(page->body, ">\n");
}

static void append_confirming(const struct page *page)
{
    begin_form(page);
    append_lines(page);
    buffer_append_text(page->body, "<p><label>");
    plain_page_escaped(page->body, page->words->reference);
    buffer_append_text(page->body, " ");
    append_input(page, "reference", "text", page->of->order.reference);
    buffer_append_text(page->body, "></label></p>\n");
    append_button(page, "confirm", page->words->confirm);
    buffer_append_text(page->body, "</form>\n");
}

static void append_declining(const struct page *page)
{
    begin_form(page);
    buffer_append_text(page->body, "<p><label>");
    plain_page_escaped(page->body, page->words->why);
    buffer_append_text(page->body, " <select name=\"reason\">");
    for (size_t i = 0; i < REASONS; i++) {
        buffer_append_text(page->body, "<option value=\"");
        buffer_append_text(page->body, reasons[i]);
        buffer_append_text(page->body, "\">");
        plain_page_escaped(page->body, page->words->reasons[i]);
        buffer_append_text(page->body, "</option>");
    }
    buffer_append_text(page->body, "</select></label></p>\n");
    append_button(page, "decline", page->words->decline);
    buffer_append_text(page->body, "</form>\n");
}

/* What is to be said of its state; NULL: it was sent, and not answered yet. */
static const char *state_text(const struct page *page)
{
    enum purchase_order_state state = page->of->order.state;

    return state == PURCHASE_ORDER_STATE_SENT                 ? NULL
           : state == PURCHASE_ORDER_STATE_CONFIRMED          ? page->words->confirmed
           : state == PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED ? page->words->received
           : state == PURCHASE_ORDER_STATE_CANCELED           ? page->words->canceled
                                                              : page->words->over;
}

/* `remark` is what came of an answer, or NULL. */
static void show(const struct page *page, int status, const char *remark)
{
    struct arena *arena = page->of->call.request->ctx->arena;
    const struct purchase_glance *order = &page->of->order;
    const char *state = state_text(page);

    begin(page, status);
    plain_page_element(page->body, "p",
                       text_format(arena, "%s: %s", page->words->number, order->id));
    plain_page_element(page->body, "p",
                       text_format(arena, "%s: %s", page->words->place, order->location));
    if (remark != NULL || state != NULL) {
        plain_page_element(page->body, "p", remark != NULL ? remark : state);
    }
    if (supplier_may_answer(order)) {
        plain_page_element(page->body, "p", page->words->ask);
        append_confirming(page);
        if (order->state != PURCHASE_ORDER_STATE_PARTIALLY_RECEIVED) {
            append_declining(page);
        }
    }
    plain_page_end(page->of->call.answer);
}

/* --- Requests --------------------------------------------------------------------------------- */

static void say_problem(const struct page *page, enum problem_kind kind)
{
    plain_page_problem(
        page->of->call.answer,
        &(struct plain_page){ .language = page->language, .title = page->words->title }, kind,
        page->words->unknown);
}

void answer_supplier_page(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct supplier_call to = { .call = {
                                    .gateway = gateway, .request = request, .answer = answer } };
    enum problem_kind kind = supplier_open(&to);
    struct page page = page_of(&to);

    if (kind == PROBLEM_COUNT) {
        show(&page, STATUS_OK, NULL);
    } else {
        say_problem(&page, kind);
    }
}

/* Refused: the order as it is now says why. */
static void show_refused(struct supplier_call *to, const struct gateway_reply *reply)
{
    enum problem_kind kind = supplier_open(to);
    struct page page = page_of(to);

    if (kind != PROBLEM_COUNT) {
        say_problem(&page, kind);
    } else if (!supplier_may_answer(&to->order)) {
        show(&page, (int)reply->status, NULL);
    } else {
        show(&page, (int)reply->status,
             reply->status == STATUS_STALE ? page.words->changed : page.words->refused);
    }
}

/* A taken answer is shown by a page of its own, which may be loaded again. */
static void answer_form(struct supplier_call *to, const struct supplier_form *form)
{
    struct page page = page_of(to);
    struct gateway_reply reply;
    enum sent sent = SENT_NOT;

    if (supplier_send(to, form, &sent, &reply) == SUPPLIER_UNCLEAR) {
        show(&page, STATUS_PROBLEM, page.words->unclear);
    } else if (sent == SENT_NOT) {
        say(&page, to->call.answer->status, plain_words[page.language].away);
    } else if (sent == SENT_SILENT) {
        say(&page, STATUS_ACCEPTED, plain_words[page.language].received);
    } else if (reply.status < STATUS_PROBLEM) {
        say(&page, STATUS_SEE_OTHER,
            text_equal(supplier_form_find(form, "do"), "decline") ? page.words->declined
                                                                  : page.words->confirmed);
        call_location(&to->call, to->call.request->path);
    } else {
        show_refused(to, &reply);
    }
}

/* An order that is over takes no answer, but one that is repeated is answered as before: the inventory knows. */
void answer_supplier_form(void *gateway, const struct http_request *request,
                          struct http_answer *answer)
{
    struct supplier_call to = { .call = {
                                    .gateway = gateway, .request = request, .answer = answer } };
    enum problem_kind kind = supplier_open(&to);
    struct supplier_form form = { NULL, 0 };
    struct page page = page_of(&to);

    if (kind != PROBLEM_COUNT) {
        say_problem(&page, kind);
    } else if (!supplier_form_read(request, &form)) {
        show(&page, STATUS_PROBLEM, page.words->unclear);
    } else {
        answer_form(&to, &form);
    }
}
