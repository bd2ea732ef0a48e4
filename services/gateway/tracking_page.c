/* tracking_page.c - the order as a page for telephones, screen readers and keyboards, in the shopper's language.
 *
 * Its address is a secret: nobody is to index it, and what it links to is not told where the shopper came from.  Without a script it
 * loads itself again; with one it takes in what has changed, and says so.
 */
#include "services/gateway/tracking.h"

#include "common/arena.h"
#include "common/calendar.h"
#include "common/crypto.h"
#include "common/instant.h"
#include "common/language.h"
#include "common/text.h"
#include "services/gateway/plain_page.h"
#include "services/gateway/tracking_words.h"

#include <string.h>

enum { STATUS_OK = 200, STEPS = 4, DAY_MS = 86400000 };

static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font-family:sans-serif;line-height:1.5;max-width:40em;margin:0 auto;padding:1em}"
    "a{display:inline-block;padding:.4em 0}nav a{padding:.4em .8em .4em 0}"
    ".skip{position:absolute;left:-99em}.skip:focus{position:static}"
    "section,ol.way{border:1px solid;border-radius:.5em;padding:.2em 1em;margin:1em 0}"
    "ol.way{display:flex;flex-wrap:wrap;gap:0 1.5em;list-style:none;padding:.6em 1em}"
    "ol.way [aria-current]{font-weight:bold;text-decoration:underline}"
    ".state{font-size:1.3em;font-weight:bold;margin:.3em 0}"
    "dt{font-weight:bold}dd{margin:0 0 .5em;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}th{text-align:left}"
    "td+td,th+th{text-align:right}td,th{padding:.3em 0;overflow-wrap:anywhere}"
    "ol.events{padding-left:1.2em}h1{font-size:1.5em}h2{font-size:1.2em}h3{font-size:1em}";

/* What was shown last is compared as it came: times are put into the reader's own zone afterwards. */
static const char script[] =
    "(function(){'use strict';"
    "var main=document.querySelector('main'),live=document.getElementById('live'),"
    "raw=main.innerHTML,etag=null,lang=document.documentElement.lang;"
    "function local(){main.querySelectorAll('time').forEach(function(t){"
    "if(t.dateTime.length>10)t.textContent=new Date(t.dateTime).toLocaleString(lang,"
    "{dateStyle:'long',timeStyle:'short'});});}"
    "function take(text){var next=new DOMParser().parseFromString(text,'text/html')"
    ".querySelector('main');if(!next||next.innerHTML===raw)return;raw=next.innerHTML;"
    "main.replaceChildren.apply(main,Array.from(next.childNodes));local();"
    "live.textContent=live.getAttribute('data-updated')+' '+"
    "new Date().toLocaleTimeString(lang,{timeStyle:'short'});}"
    "function look(){if(document.hidden)return;fetch(location.href,{cache:'no-store',"
    "credentials:'omit',headers:etag?{'If-None-Match':etag}:{}}).then(function(a){"
    "if(a.status!==200)return;etag=a.headers.get('ETag');return a.text().then(take);})"
    ".catch(function(){});}"
    "local();setInterval(look,30000);document.addEventListener('visibilitychange',look);"
    "})();";

struct page {
    const struct tracking_call *of;
    const struct tracking_words *words;
    enum language language;
    struct arena *arena;
    struct buffer *body;
};

/* --- Pieces of HTML --------------------------------------------------------------------------- */

static void raw(const struct page *page, const char *html)
{
    buffer_append_text(page->body, html);
}

static void text(const struct page *page, const char *words)
{
    plain_page_escaped(page->body, words);
}

/* "2026-03-01T09:30:00.000Z" for programs, the language's way for people. */
static void moment(const struct page *page, int64_t at)
{
    raw(page, "<time datetime=\"");
    raw(page, instant_format(at).text);
    raw(page, "\">");
    text(page, language_moment(page->arena, page->language, at));
    raw(page, "</time>");
}

static void day(const struct page *page, const char *date)
{
    int64_t number = 0;
    bool valid = calendar_day_parse(date, &number);

    raw(page, "<time datetime=\"");
    text(page, date);
    raw(page, "\">");
    text(page, valid ? language_date(page->arena, page->language, number * DAY_MS) : date);
    raw(page, "</time>");
}

static void term(const struct page *page, const char *name)
{
    raw(page, "<dt>");
    text(page, name);
    raw(page, "</dt><dd>");
}

static void terms_end(const struct page *page)
{
    raw(page, "</dd>\n");
}

static void promise(const struct page *page, const struct promised_delivery *promised)
{
    text(page, page->words->promised);
    raw(page, " ");
    day(page, promised->earliest);
    raw(page, " ");
    text(page, page->words->until);
    raw(page, " ");
    day(page, promised->latest);
}

/* --- Head and frame --------------------------------------------------------------------------- */

static const char *hash_of(struct arena *arena, const char *source)
{
    unsigned char digest[SHA256_BYTES];

    sha256(source, strlen(source), digest);
    return base64_encode(arena, digest, sizeof digest);
}

static void say_headers(const struct page *page)
{
    struct http_answer *answer = page->of->call.answer;

    answer->content_type = "text/html; charset=utf-8";
    http_answer_header(
        answer, text_format(page->arena,
                            "Content-Security-Policy: default-src 'none'; style-src 'sha256-%s'; "
                            "script-src 'sha256-%s'; connect-src 'self'; base-uri 'none'; "
                            "form-action 'none'; frame-ancestors 'none'",
                            hash_of(page->arena, style), hash_of(page->arena, script)));
    http_answer_header(answer, "X-Robots-Tag: noindex, nofollow");
    http_answer_header(answer, "Referrer-Policy: no-referrer");
    http_answer_header(answer, "X-Content-Type-Options: nosniff");
    http_answer_header(answer, "Vary: Accept-Language, Accept");
}

static void say_languages(const struct page *page)
{
    static const char *const names[LANGUAGE_COUNT] = { "English", "Türkçe", "Українська" };

    raw(page, "<nav aria-label=\"");
    text(page, page->words->languages);
    raw(page, "\">");
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const char *tag = language_tag((enum language)i);

        raw(page,
            text_format(page->arena, "<a href=\"?lang=%s\" lang=\"%s\" hreflang=\"%s\"%s>%s</a>\n",
                        tag, tag, tag, i == (int)page->language ? " aria-current=\"true\"" : "",
                        names[i]));
    }
    raw(page, "</nav>");
}

static const char *name_of(const struct order_tracking *order)
{
    return order->number != NULL              ? order->number
           : order->channel_order_ref != NULL ? order->channel_order_ref
                                              : order->id;
}

static void begin(const struct page *page)
{
    const char *title =
        text_format(page->arena, "%s %s", page->words->title, name_of(&page->of->order));

    raw(page, "<!DOCTYPE html>\n<html lang=\"");
    raw(page, language_tag(page->language));
    raw(page, "\"><head><meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n"
              "<noscript><meta http-equiv=\"refresh\" content=\"300\"></noscript>\n<style>");
    raw(page, style);
    raw(page, "</style>\n");
    plain_page_element(page->body, "title", title);
    raw(page, "</head><body>\n<a class=\"skip\" href=\"#main\">");
    text(page, page->words->skip);
    raw(page, "</a>\n<header>");
    say_languages(page);
    raw(page, "</header>\n<main id=\"main\" tabindex=\"-1\">\n");
    plain_page_element(page->body, "h1", title);
}

static void end(const struct page *page)
{
    raw(page, "</main>\n<footer><p id=\"live\" role=\"status\" data-updated=\"");
    text(page, page->words->updated);
    raw(page, "\"></p></footer>\n<script>");
    raw(page, script);
    raw(page, "</script>\n</body></html>\n");
}

/* --- How far it is ---------------------------------------------------------------------------- */

/* The step that it is at, from 1 on; 0: it does not go that way. */
static int step_of(enum shopper_status status)
{
    static const int steps[SHOPPER_STATUS_RETURNED + 1] = {
        [SHOPPER_STATUS_PENDING] = 1,
        [SHOPPER_STATUS_PROCESSING] = 2,
        [SHOPPER_STATUS_PARTIALLY_SHIPPED] = 3,
        [SHOPPER_STATUS_SHIPPED] = 3,
        [SHOPPER_STATUS_PARTIALLY_DELIVERED] = 3,
        [SHOPPER_STATUS_DELIVERED] = 4,
        [SHOPPER_STATUS_COMPLETED] = 4,
    };

    return status <= SHOPPER_STATUS_RETURNED ? steps[status] : 0;
}

/* Words say it, too: no sign and no color means anything alone. */
static void say_way(const struct page *page, int at)
{
    raw(page, "<ol class=\"way\" aria-label=\"");
    text(page, page->words->way);
    raw(page, "\">");
    for (int i = 1; i <= STEPS; i++) {
        raw(page, i == at ? "<li aria-current=\"step\">" : "<li>");
        text(page, page->words->steps[i - 1]);
        raw(page, " (");
        text(page, i < at || at == STEPS ? page->words->done
                   : i == at             ? page->words->now
                                         : page->words->to_come);
        raw(page, ")</li>\n");
    }
    raw(page, "</ol>\n");
}

static bool is_over(enum shopper_status status)
{
    return status >= SHOPPER_STATUS_DELIVERED && status <= SHOPPER_STATUS_RETURNED;
}

static void say_state(const struct page *page)
{
    const struct order_tracking *order = &page->of->order;
    int step = step_of(order->shopper_status);

    raw(page, "<p class=\"state\">");
    text(page, page->words->statuses[order->shopper_status]);
    raw(page, "</p>\n");
    if (step > 0) {
        say_way(page, step);
    }
    if (order->promised_delivery != NULL && !is_over(order->shopper_status)) {
        raw(page, "<p>");
        promise(page, order->promised_delivery);
        raw(page, "</p>\n");
    }
}

/* --- Shipments -------------------------------------------------------------------------------- */

static void say_lines(const struct page *page, const struct order_tracking_shipment *shipment)
{
    raw(page, "<ul>");
    for (size_t i = 0; i < shipment->lines_count; i++) {
        raw(page, "<li>");
        text(page, shipment->lines[i].sku);
        raw(page,
            text_format(page->arena, " × %lld</li>\n", (long long)shipment->lines[i].quantity));
    }
    raw(page, "</ul>\n");
}

static void say_link(const struct page *page, const struct tracked_parcel *parcel)
{
    if (parcel->url == NULL) {
        return;
    }
    raw(page, "<p><a rel=\"noreferrer noopener external\" href=\"");
    text(page, parcel->url);
    raw(page, "\">");
    text(page, page->words->at_carrier);
    raw(page, " (");
    text(page, parcel->tracking_number);
    raw(page, ")</a></p>\n");
}

static void say_times(const struct page *page, const struct tracked_parcel *parcel)
{
    if (parcel->has_delivered_at) {
        term(page, page->words->delivered);
        moment(page, parcel->delivered_at);
        terms_end(page);
    } else if (parcel->has_estimated_at) {
        term(page, page->words->expected);
        moment(page, parcel->estimated_at);
        terms_end(page);
    }
}

static void say_parcel(const struct page *page, const struct order_tracking_shipment *shipment,
                       const struct tracked_parcel *parcel)
{
    if (shipment->parcels_count > 1) {
        plain_page_element(page->body, "h3",
                           text_format(page->arena, "%s %lld / %zu", page->words->parcel,
                                       (long long)parcel->parcel_no, shipment->parcels_count));
    }
    raw(page, "<dl>");
    if (parcel->tracking_status != TRACKING_STATUS_ABSENT &&
        parcel->tracking_status < TRACKING_STATUS_UNKNOWN) {
        term(page, page->words->status);
        text(page, page->words->tracking[parcel->tracking_status]);
        terms_end(page);
    }
    if (shipment->carrier != NULL) {
        term(page, page->words->carrier);
        text(page, shipment->carrier);
        terms_end(page);
    }
    if (parcel->tracking_number != NULL) {
        term(page, page->words->number);
        text(page, parcel->tracking_number);
        terms_end(page);
    }
    say_times(page, parcel);
    raw(page, "</dl>\n");
    say_link(page, parcel);
}

static bool is_awaited(const struct order_tracking_shipment *shipment)
{
    return shipment->promised_delivery != NULL &&
           shipment->state < ORDER_TRACKING_SHIPMENT_STATE_DELIVERED;
}

static void say_shipment(const struct page *page, size_t index)
{
    const struct order_tracking *order = &page->of->order;
    const struct order_tracking_shipment *shipment = &order->shipments[index];

    raw(page, text_format(page->arena, "<section aria-labelledby=\"s%zu\"><h2 id=\"s%zu\">", index,
                          index));
    text(page, page->words->shipment);
    raw(page, text_format(page->arena, " %zu / %zu</h2>\n<p class=\"state\">", index + 1,
                          order->shipments_count));
    text(page, page->words->states[shipment->state]);
    raw(page, "</p>\n");
    if (is_awaited(shipment)) {
        raw(page, "<p>");
        promise(page, shipment->promised_delivery);
        raw(page, "</p>\n");
    }
    say_lines(page, shipment);
    for (size_t i = 0; i < shipment->parcels_count; i++) {
        say_parcel(page, shipment, &shipment->parcels[i]);
    }
    raw(page, "</section>\n");
}

static void say_shipments(const struct page *page)
{
    const struct order_tracking *order = &page->of->order;

    for (size_t i = 0; i < order->shipments_count; i++) {
        say_shipment(page, i);
    }
    if (order->shipments_count == 0 && !is_over(order->shopper_status)) {
        plain_page_element(page->body, "p", page->words->nothing_yet);
    }
}

/* --- Items and events ------------------------------------------------------------------------- */

static void say_items(const struct page *page)
{
    const struct order_tracking *order = &page->of->order;

    raw(page, "<section aria-labelledby=\"items\"><h2 id=\"items\">");
    text(page, page->words->items);
    raw(page, "</h2>\n<table><thead><tr><th scope=\"col\">");
    text(page, page->words->item);
    raw(page, "</th><th scope=\"col\">");
    text(page, page->words->quantity);
    raw(page, "</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < order->lines_count; i++) {
        raw(page, "<tr><td>");
        text(page, order->lines[i].sku);
        raw(page, text_format(page->arena, "</td><td>%lld", (long long)order->lines[i].quantity));
        if (order->lines[i].has_canceled_quantity) {
            raw(page, ", ");
            text(page, page->words->canceled);
            raw(page,
                text_format(page->arena, ": %lld", (long long)order->lines[i].canceled_quantity));
        }
        raw(page, "</td></tr>\n");
    }
    raw(page, "</tbody></table></section>\n");
}

/* Which of the shipments, from 1 on; 0: none, or there is one alone. */
static size_t shipment_no(const struct order_tracking *order, const char *shipment_id)
{
    for (size_t i = 0; order->shipments_count > 1 && i < order->shipments_count; i++) {
        if (text_equal(order->shipments[i].id, shipment_id)) {
            return i + 1;
        }
    }
    return 0;
}

static void say_events(const struct page *page)
{
    const struct order_tracking *order = &page->of->order;

    raw(page, "<section aria-labelledby=\"events\"><h2 id=\"events\">");
    text(page, page->words->events);
    raw(page, "</h2>\n<ol class=\"events\" reversed>");
    for (size_t i = 0; i < order->events_count; i++) {
        const struct order_tracking_event *event = &order->events[i];
        size_t number = shipment_no(order, event->shipment_id);

        raw(page, "<li>");
        moment(page, event->at);
        raw(page, "<br>");
        text(page, page->words->happened[event->what]);
        if (number > 0) {
            raw(page, " (");
            text(page, page->words->shipment);
            raw(page, text_format(page->arena, " %zu)", number));
        }
        raw(page, "</li>\n");
    }
    raw(page, "</ol></section>\n");
}

/* --- Whole pages ------------------------------------------------------------------------------ */

void tracking_page_show(const struct tracking_call *of, enum language language)
{
    const struct page page = { .of = of,
                               .words = &tracking_words[language],
                               .language = language,
                               .arena = of->call.request->ctx->arena,
                               .body = &of->call.answer->body };

    of->call.answer->status = STATUS_OK;
    say_headers(&page);
    begin(&page);
    say_state(&page);
    say_shipments(&page);
    say_items(&page);
    say_events(&page);
    end(&page);
}

void tracking_page_refuse(const struct call *call, enum language language, enum problem_kind kind)
{
    const struct tracking_words *words = &tracking_words[language];
    const struct plain_page page = { .language = language,
                                     .title = words->title,
                                     .status = problem_catalogue[kind].problem.status };

    if (kind == PROBLEM_LINK_EXPIRED) {
        plain_page_say(call->answer, &page, words->expired);
    } else {
        plain_page_problem(call->answer, &page, kind, words->unknown);
    }
}
