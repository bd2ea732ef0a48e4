/* plain_page.c - the frame of such pages, and how texts stand in them. */
#include "services/gateway/plain_page.h"

#include "common/buffer.h"
#include "common/http_server.h"

const struct plain_words plain_words[LANGUAGE_COUNT] = {
    [LANGUAGE_ENGLISH] = {
        .expired = "The time to answer has run out.",
        .hurry = "Too many requests. Please try again in a moment.",
        .away = "Something does not work at the moment. Please try again in a few minutes.",
        .received = "Thank you. Your answer is here and is being dealt with.",
    },
    [LANGUAGE_TURKISH] = {
        .expired = "Yanıt süresi doldu.",
        .hurry = "Çok fazla istek var. Lütfen biraz sonra yeniden deneyin.",
        .away = "Şu anda bir sorun var. Lütfen birkaç dakika sonra yeniden deneyin.",
        .received = "Teşekkürler. Yanıtınız bize ulaştı, işleniyor.",
    },
    [LANGUAGE_UKRAINIAN] = {
        .expired = "Час на відповідь минув.",
        .hurry = "Забагато запитів. Спробуйте ще раз за мить.",
        .away = "Зараз щось не працює. Спробуйте ще раз за кілька хвилин.",
        .received = "Дякуємо. Ваша відповідь надійшла й опрацьовується.",
    },
};

void plain_page_escaped(struct buffer *body, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            buffer_append_text(body, "&amp;");
            break;
        case '<':
            buffer_append_text(body, "&lt;");
            break;
        case '"':
            buffer_append_text(body, "&quot;");
            break;
        default:
            buffer_append(body, text, 1);
        }
    }
}

void plain_page_element(struct buffer *body, const char *name, const char *text)
{
    buffer_append_text(body, "<");
    buffer_append_text(body, name);
    buffer_append_text(body, ">");
    plain_page_escaped(body, text);
    buffer_append_text(body, "</");
    buffer_append_text(body, name);
    buffer_append_text(body, ">\n");
}

void plain_page_begin(struct http_answer *answer, const struct plain_page *page)
{
    struct buffer *body = &answer->body;

    buffer_clear(body);
    answer->status = page->status;
    answer->content_type = "text/html; charset=utf-8";
    http_answer_header(answer,
                       "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
                       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    http_answer_header(answer, "X-Robots-Tag: noindex, nofollow");
    http_answer_header(answer, "Referrer-Policy: no-referrer");
    http_answer_header(answer, "Vary: Accept-Language");
    buffer_append_text(body, "<!DOCTYPE html>\n<html lang=\"");
    buffer_append_text(body, language_tag(page->language));
    buffer_append_text(
        body,
        "\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"robots\" content=\"noindex, nofollow\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<style>body{font-family:sans-serif;line-height:1.5;max-width:36em;margin:0 auto;"
        "padding:1.5em}table{border-collapse:collapse;width:100%}td+td,th+th{text-align:right}"
        "th{text-align:left}button{display:block;width:100%;font:inherit;padding:.8em;"
        "margin:.8em 0}input,select{font:inherit;max-width:10em}</style>\n");
    plain_page_element(body, "title", page->title);
    buffer_append_text(body, "</head><body>\n");
    plain_page_element(body, "h1", page->title);
}

void plain_page_end(struct http_answer *answer)
{
    buffer_append_text(&answer->body, "</body></html>\n");
}

void plain_page_say(struct http_answer *answer, const struct plain_page *page, const char *text)
{
    plain_page_begin(answer, page);
    plain_page_element(&answer->body, "p", text);
    plain_page_end(answer);
}

void plain_page_problem(struct http_answer *answer, const struct plain_page *page,
                        enum problem_kind kind, const char *unknown)
{
    const struct plain_words *words = &plain_words[page->language];
    struct plain_page said = *page;
    const char *text = kind == PROBLEM_NOT_FOUND      ? unknown
                       : kind == PROBLEM_LINK_EXPIRED ? words->expired
                       : kind == PROBLEM_RATE_LIMITED ? words->hurry
                                                      : words->away;

    said.status = problem_catalogue[kind].problem.status;
    plain_page_say(answer, &said, text);
}
