/* choice_page.c - the question as a page that works without a script, in the shopper's language.
 *
 * Its address is a secret: nobody is to index it, and no link leads away that would tell where it came from.
 */
#include "services/gateway/choice.h"

#include "common/arena.h"
#include "common/instant.h"
#include "common/text.h"
#include "services/gateway/plain_page.h"

#include <string.h>

enum {
    WAIT_S = 5,
    STATUS_OK = 200,
    STATUS_ACCEPTED = 202,
    STATUS_SEE_OTHER = 303,
    STATUS_PROBLEM = 400
};

/* As a form sends them; numbered as order_choose's. */
static const char *const form_words[] = { "", "wait", "accept_partial", "cancel" };
enum { CHOICE_WORDS = sizeof form_words / sizeof form_words[0] };

struct words {
    const char *title, *missing, *item, *quantity, *ask, *until, *order;
    const char *choices[CHOICE_WORDS], *chosen[CHOICE_WORDS];
    const char *over, *unknown, *unclear;
};

static const struct words all_words[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = {
        .title = "Your order",
        .missing = "Some of what you ordered is not in stock at the moment:",
        .item = "Item",
        .quantity = "Missing",
        .ask = "What would you like to do?",
        .until = "Without an answer by this time the order is canceled and you pay nothing:",
        .order = "Order",
        .choices = { "", "Wait until everything is there", "Take what is there",
                     "Cancel the order" },
        .chosen = { "", "Thank you. We wait until everything is there.",
                    "Thank you. We send what is there.", "Thank you. The order is canceled." },
        .over = "There is nothing to answer any more.",
        .unknown = "This link leads nowhere. Please use the whole link of our message.",
        .unclear = "We did not understand the answer. Please use one of the buttons.",
    },
    [LANGUAGE_TURKISH] = {
        .title = "Siparişiniz",
        .missing = "Sipariş ettiklerinizin bir kısmı şu anda stokta yok:",
        .item = "Ürün",
        .quantity = "Eksik",
        .ask = "Ne yapmak istersiniz?",
        .until = "Bu zamana kadar yanıt gelmezse sipariş iptal edilir ve hiçbir ücret ödemezsiniz:",
        .order = "Sipariş",
        .choices = { "", "Her şey gelene kadar bekle", "Stokta olanları al", "Siparişi iptal et" },
        .chosen = { "", "Teşekkürler. Her şey gelene kadar bekliyoruz.",
                    "Teşekkürler. Stokta olanları gönderiyoruz.",
                    "Teşekkürler. Sipariş iptal edildi." },
        .over = "Artık yanıtlanacak bir şey yok.",
        .unknown = "Bu bağlantı geçersiz. Lütfen iletimizdeki bağlantının tamamını kullanın.",
        .unclear = "Yanıtı anlayamadık. Lütfen düğmelerden birini kullanın.",
    },
    [LANGUAGE_UKRAINIAN] = {
        .title = "Ваше замовлення",
        .missing = "Частини замовленого вами зараз немає в наявності:",
        .item = "Товар",
        .quantity = "Бракує",
        .ask = "Що бажаєте зробити?",
        .until = "Без відповіді до цього часу замовлення буде скасовано, і ви нічого не платите:",
        .order = "Замовлення",
        .choices = { "", "Зачекати, доки буде все", "Отримати те, що є", "Скасувати замовлення" },
        .chosen = { "", "Дякуємо. Чекаємо, доки буде все.", "Дякуємо. Надсилаємо те, що є.",
                    "Дякуємо. Замовлення скасовано." },
        .over = "Відповідати вже нема на що.",
        .unknown = "Це посилання нікуди не веде. Скористайтеся повним посиланням із нашого листа.",
        .unclear = "Ми не зрозуміли відповіді. Скористайтеся однією з кнопок.",
    },
};

struct page {
    const struct choice_call *of;
    const struct words *words;
    enum language language;
    struct buffer *body;
};

static struct page page_of(const struct choice_call *of)
{
    enum language language = language_wanted(http_header(of->call.request, "Accept-Language"));

    return (struct page){ of, &all_words[language], language, &of->call.answer->body };
}

/* --- HTML ------------------------------------------------------------------------------------- */

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

/* --- The question ----------------------------------------------------------------------------- */

static void append_missing(const struct page *page, const struct shopper_question *question)
{
    struct buffer *body = page->body;

    plain_page_element(body, "p", page->words->missing);
    buffer_append_text(body, "<table><tr>");
    plain_page_element(body, "th", page->words->item);
    plain_page_element(body, "th", page->words->quantity);
    buffer_append_text(body, "</tr>\n");
    for (size_t i = 0; i < question->missing_count; i++) {
        buffer_append_text(body, "<tr>");
        plain_page_element(body, "td", question->missing[i].sku);
        buffer_append_text(body, "<td>");
        buffer_append_int(body, question->missing[i].quantity);
        buffer_append_text(body, "</td></tr>\n");
    }
    buffer_append_text(body, "</table>\n");
}

static bool is_offered(const struct shopper_question *question, size_t choice)
{
    for (size_t i = 0; i < question->offered_count; i++) {
        if ((size_t)question->offered[i] == choice) {
            return true;
        }
    }
    return question->offered_count == 0;
}

/* The form posts to the page's own address. */
static void append_form(const struct page *page)
{
    plain_page_element(page->body, "p", page->words->ask);
    buffer_append_text(page->body, "<form method=\"post\">\n");
    for (size_t i = 1; i < CHOICE_WORDS; i++) {
        if (!is_offered(page->of->glance.question, i)) {
            continue;
        }
        buffer_append_text(page->body, "<button name=\"choice\" value=\"");
        buffer_append_text(page->body, form_words[i]);
        buffer_append_text(page->body, "\">");
        plain_page_escaped(page->body, page->words->choices[i]);
        buffer_append_text(page->body, "</button>\n");
    }
    buffer_append_text(page->body, "</form>\n");
}

static void append_deadline(const struct page *page)
{
    struct instant_text until = instant_format(page->of->link.expires_at);

    plain_page_element(page->body, "p",
                       text_format(page->of->call.request->ctx->arena, "%s %.10s %.5s UTC",
                                   page->words->until, until.text, until.text + 11));
}

static void show(const struct page *page, int status)
{
    const struct shopper_question *question = page->of->glance.question;
    size_t choice = (size_t)question->choice;

    begin(page, status);
    if (question->open) {
        append_missing(page, question);
        append_form(page);
        append_deadline(page);
    } else {
        plain_page_element(page->body, "p",
                           choice > 0 && choice < CHOICE_WORDS ? page->words->chosen[choice]
                                                               : page->words->over);
    }
    plain_page_element(page->body, "p",
                       text_format(page->of->call.request->ctx->arena, "%s: %s", page->words->order,
                                   page->of->link.order_id));
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

void answer_choice_page(void *gateway, const struct http_request *request,
                        struct http_answer *answer)
{
    struct choice_call to = { .call = {
                                  .gateway = gateway, .request = request, .answer = answer } };
    enum problem_kind kind = choice_open(&to);
    struct page page = page_of(&to);

    if (kind == PROBLEM_COUNT) {
        show(&page, STATUS_OK);
    } else {
        say_problem(&page, kind);
    }
}

/* 0 when the body is not what one of the buttons sends. */
static size_t form_choice(const struct http_request *request)
{
    static const char field[] = "choice=";

    for (size_t i = 1; i < CHOICE_WORDS && text_starts_with(request->body, field); i++) {
        if (text_equal(request->body + strlen(field), form_words[i])) {
            return i;
        }
    }
    return 0;
}

/* A taken answer is shown by a page of its own, which may be loaded again. */
static void answer_form(struct choice_call *to, size_t choice)
{
    struct order_choose chosen = { .order_id = to->link.order_id,
                                   .body.choice = (enum order_choose_body_choice)choice };
    struct page page = page_of(to);
    struct gateway_reply reply;

    switch (choice_send(to, &chosen, WAIT_S, &reply)) {
    case SENT_REPLIED:
        if (reply.status < STATUS_PROBLEM) {
            say(&page, STATUS_SEE_OTHER, page.words->chosen[choice]);
            call_location(&to->call, to->call.request->path);
        } else if (choice_look(to)) {
            show(&page, (int)reply.status);
        } else {
            say(&page, (int)reply.status, page.words->over);
        }
        break;
    case SENT_SILENT:
        say(&page, STATUS_ACCEPTED, plain_words[page.language].received);
        break;
    case SENT_NOT:
        say(&page, to->call.answer->status, plain_words[page.language].away);
        break;
    }
}

void answer_choice_form(void *gateway, const struct http_request *request,
                        struct http_answer *answer)
{
    struct choice_call to = { .call = {
                                  .gateway = gateway, .request = request, .answer = answer } };
    enum problem_kind kind = choice_open(&to);
    struct page page = page_of(&to);
    size_t choice = form_choice(request);

    if (kind != PROBLEM_COUNT) {
        say_problem(&page, kind);
    } else if (choice == 0) {
        say(&page, STATUS_PROBLEM, page.words->unclear);
    } else {
        answer_form(&to, choice);
    }
}
