/* notification_mail_test.c - templates, amounts and dates, addresses, what cannot leave a header, and what a mail server's replies mean.
 *
 * links: notification
 */
#include "common/arena.h"
#include "common/buffer.h"
#include "common/language.h"
#include "services/notification/customer_message.h"
#include "services/notification/mail.h"
#include "services/notification/mime.h"
#include "services/notification/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = arena_new(1 << 22);
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

/* --- Templates ------------------------------------------------------------------------------------ */

static const struct template_value values[] = { { "name", "<Ada & \"Bob's\">" }, { "n", "7" } };
static const struct template_value rows[] = {
    { "sku", "A" }, { "n", "1" }, { "sku", "B" }, { "n", "2" }
};
static const struct template_list lists[] = {
    { "lines", rows, 2, 2 },
    { "none", rows, 0, 2 },
    { "yes", NULL, 1, 0 },
};
static const struct template_model model = { values, 2, lists, 3 };

static const char *fill(struct arena *arena, const char *text, enum template_escape escape)
{
    struct buffer buffer;

    buffer_init(&buffer, 1 << 16);
    template_fill(&buffer, text, &model, escape);
    assert_false(buffer.overflowed);
    const char *filled =
        arena_copy_text(arena, buffer.bytes == NULL ? "" : buffer.bytes, buffer.length);
    buffer_release(&buffer);
    return filled;
}

static void templates_are_filled(void **state)
{
    static const char *const cases[][2] = {
        { "", "" },
        { "no tags { } }} at all", "no tags { } }} at all" },
        { "{{n}}{{n}}", "77" },
        { "{{name}}", "<Ada & \"Bob's\">" },
        { "[{{#lines}}{{sku}}{{n}},{{/lines}}]", "[A1,B2,]" },
        { "[{{#none}}{{sku}}{{/none}}]{{n}}", "[]7" },
        { "{{#yes}}n={{n}}{{/yes}}.", "n=7." },
        { "a\n{{#lines}}\n- {{sku}}\n{{/lines}}\nb\n", "a\n- A\n- B\nb\n" },
        { "a\n{{#none}}\n- {{sku}}\n{{/none}}\nb\n", "a\nb\n" },
        { "a {{#yes}}\nx{{/yes}}\nb", "a \nx\nb" },
        { "{{#yes}}1{{/yes}}{{#none}}2{{/none}}{{#yes}}3{{/yes}}", "13" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(template_problem(*state, cases[i][0], &model));
        assert_string_equal(fill(*state, cases[i][0], TEMPLATE_PLAIN), cases[i][1]);
    }
    assert_string_equal(fill(*state, "<p>{{name}}</p>", TEMPLATE_HTML),
                        "<p>&lt;Ada &amp; &quot;Bob&#39;s&quot;&gt;</p>");
}

static void broken_templates_are_refused(void **state)
{
    static const char *const cases[][2] = {
        { "{{nam}}", "line 1: there is no such name: {{nam}}" },
        { "a\nb {{sku}}", "line 2: there is no such name: {{sku}}" },
        { "{{ n }}", "line 1: \"{{\" is not followed by a name and \"}}\": {{ n }}" },
        { "{{n", "line 1: \"{{\" is not followed by a name and \"}}\": {{n" },
        { "{{", "line 1: \"{{\" is not followed by a name and \"}}\": {{" },
        { "{{}}", "line 1: \"{{\" is not followed by a name and \"}}\": {{}}" },
        { "{{#}}", "line 1: \"{{\" is not followed by a name and \"}}\": {{#}}" },
        { "{{#lines}}{{sku}}", "line 1: a list is not closed: " },
        { "{{#n}}", "line 1: there is no such list: {{#n}}" },
        { "{{/lines}}", "line 1: closes what is not open: {{/lines}}" },
        { "{{#lines}}{{/none}}", "line 1: closes what is not open: {{/none}}" },
        { "{{#lines}}{{#yes}}{{/yes}}{{/lines}}",
          "line 1: lists do not nest: {{#yes}}{{/yes}}{{/lines}}" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(template_problem(*state, cases[i][0], &model), cases[i][1]);
    }
}

/* --- Languages ------------------------------------------------------------------------------------ */

#define NBSP "\xc2\xa0"

static void languages_come_from_locales(void **state)
{
    (void)state;
    assert_int_equal(language_of("tr"), LANGUAGE_TURKISH);
    assert_int_equal(language_of("tr-CY"), LANGUAGE_TURKISH);
    assert_int_equal(language_of("uk-Latn-UA"), LANGUAGE_UKRAINIAN);
    assert_int_equal(language_of("en-US"), LANGUAGE_ENGLISH);
    assert_int_equal(language_of("trv"), LANGUAGE_ENGLISH); /* a language of three letters */
    assert_int_equal(language_of("de-TR"), LANGUAGE_ENGLISH);
    assert_int_equal(language_of(NULL), LANGUAGE_ENGLISH);
}

static void amounts_are_written_as_people_do(void **state)
{
    static const struct {
        enum language language;
        int64_t amount_minor;
        const char *currency, *text;
    } cases[] = {
        { LANGUAGE_ENGLISH, 123456789, "EUR", "€1,234,567.89" },
        { LANGUAGE_ENGLISH, 5, "USD", "$0.05" },
        { LANGUAGE_ENGLISH, 99999, "GBP", "£999.99" },
        { LANGUAGE_ENGLISH, 100000, "JPY", "JPY" NBSP "100,000" },
        { LANGUAGE_ENGLISH, 1234567, "KWD", "KWD" NBSP "1,234.567" },
        { LANGUAGE_ENGLISH, 100, "XXY", "XXY" NBSP "1.00" },
        { LANGUAGE_TURKISH, 123456, "TRY", "₺1.234,56" },
        { LANGUAGE_TURKISH, 0, "UAH", "₴0,00" },
        { LANGUAGE_UKRAINIAN, 123456, "UAH", "1" NBSP "234,56" NBSP "₴" },
        { LANGUAGE_UKRAINIAN, 99, "CHF", "0,99" NBSP "CHF" },
        { LANGUAGE_ENGLISH, 9007199254740991, "EUR", "€90,071,992,547,409.91" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(
            language_money(*state, cases[i].language, cases[i].amount_minor, cases[i].currency),
            cases[i].text);
    }
}

static void dates_are_written_as_people_do(void **state)
{
    const int64_t march_1 = 1772355600000; /* 2026-03-01T09:00:00Z */

    assert_string_equal(language_date(*state, LANGUAGE_ENGLISH, march_1), "1 March 2026");
    assert_string_equal(language_date(*state, LANGUAGE_TURKISH, march_1), "1 Mart 2026");
    assert_string_equal(language_date(*state, LANGUAGE_UKRAINIAN, march_1),
                        "1 березня 2026" NBSP "р.");
    assert_string_equal(language_date(*state, LANGUAGE_ENGLISH, 0), "1 January 1970");
    assert_string_equal(language_date(*state, LANGUAGE_TURKISH, 1798675199999), "30 Aralık 2026");
}

/* --- Mails ---------------------------------------------------------------------------------------- */

static void addresses_are_checked(void **state)
{
    static const char *const good[] = { "ada@shop.example", "a+b=c/d@x", "o'neil@a-b.example",
                                        "ada.l@1.2.example" };
    static const char *const bad[] = {
        "",          "ada",        "@shop.example", "ada@",         ".ada@x.y",   "ada.@x.y",
        "a..b@x.y",  "a@b@x.y",    "a,b@x.y",       "<a@x.y>",      "a b@x.y",    "a@x y",
        "a@x..y",    "a@.x",       "a@x.",          "a@-x.y",       "a@x-.y",     "a@x_y",
        "a@x.y\r\n", "a\r\nb@x.y", "a@[127.0.0.1]", "\"a\"@x.y",    "a;b@x.y",    "a>@x.y",
        "a:b@x.y",   "a(b)@x.y",   "a\\b@x.y",      "\xc3\xb6@x.y", "a@\xc3\xb6",
    };
    char longest[65 + 2 + 1];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(mime_is_address(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(mime_is_address(bad[i]));
    }
    memset(longest, 'a', 65);
    memcpy(longest + 65, "@x", 3);
    assert_false(mime_is_address(longest));
    assert_true(mime_is_address(longest + 1));
}

static struct mime_mail plain_mail(void)
{
    return (struct mime_mail){ .from = { "Shop", "orders@shop.example" },
                               .to = { "Ada", "ada@shop.example" },
                               .subject = "Hello",
                               .id = "ord_a.shipped.1",
                               .date = 1772355600123,
                               .language = "en",
                               .text = "one\ntwo\n",
                               .html = "<p>one</p>\n" };
}

static const char *write_mail(struct arena *arena, const struct mime_mail *mail)
{
    struct buffer buffer;

    buffer_init(&buffer, 1 << 20);
    mime_write(&buffer, mail);
    assert_false(buffer.overflowed);
    const char *text = arena_copy_text(arena, buffer.bytes, buffer.length);
    buffer_release(&buffer);
    return text;
}

static void a_plain_mail_is_plain(void **state)
{
    struct mime_mail mail = plain_mail();

    assert_string_equal(write_mail(*state, &mail),
                        "Date: Sun, 01 Mar 2026 09:00:00 +0000\r\n"
                        "From: \"Shop\" <orders@shop.example>\r\n"
                        "To: \"Ada\" <ada@shop.example>\r\n"
                        "Subject: Hello\r\n"
                        "Message-ID: <ord_a.shipped.1@shop.example>\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "Content-Language: en\r\n"
                        "Content-Type: multipart/alternative; boundary=\"=_ord_a.shipped.1\"\r\n"
                        "\r\n"
                        "--=_ord_a.shipped.1\r\n"
                        "Content-Type: text/plain; charset=UTF-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "Content-Language: en\r\n"
                        "\r\n"
                        "one\r\ntwo\r\n"
                        "--=_ord_a.shipped.1\r\n"
                        "Content-Type: text/html; charset=UTF-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "Content-Language: en\r\n"
                        "\r\n"
                        "<p>one</p>\r\n"
                        "--=_ord_a.shipped.1--\r\n");
}

/* The lines of the header: they begin with a name that we write, or go on with a space. */
static void assert_no_new_header(const char *mail)
{
    static const char *const headers[] = { "Date:",
                                           "From:",
                                           "To:",
                                           "Subject:",
                                           "Message-ID:",
                                           "MIME-Version:",
                                           "Auto-Submitted:",
                                           "Content-Language:",
                                           "Content-Type:",
                                           " " };

    for (const char *line = mail; line[0] != '\r'; line = strstr(line, "\r\n") + 2) {
        bool known = false;

        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
            known |= strncmp(line, headers[i], strlen(headers[i])) == 0;
        }
        assert_true(known);
        assert_in_range(strstr(line, "\r\n") - line, 1, 76);
    }
}

static void nothing_leaves_its_header(void **state)
{
    static const char *const attacks[] = {
        "a\r\nBcc: eve@evil.example",
        "a\nBcc: eve@evil.example",
        "a\r\n\r\n<script>",
        "a\rb",
        "\x7f\x01\x02",
        "\" <eve@evil.example>, \"",
        "a\\",
        "\\\"",
        "=?UTF-8?B?Cg==?=",
        "\r\n",
        "a,b;c:d",
        "(comment",
    };

    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        struct mime_mail mail = plain_mail();

        mail.to.name = attacks[i];
        mail.subject = attacks[i];
        mail.from.name = attacks[i];
        const char *text = write_mail(*state, &mail);
        assert_no_new_header(text);
        assert_null(strstr(text, "Bcc"));
        assert_non_null(strstr(text, " <ada@shop.example>\r\n"));
    }
}

/* Also inside of encoded words, where a reader would find them. */
static void control_characters_become_spaces(void **state)
{
    struct mime_mail mail = plain_mail();

    mail.subject = "a\r\nb";
    assert_non_null(strstr(write_mail(*state, &mail), "Subject: =?UTF-8?B?YSAgYg==?=\r\n"));
}

/* --- The mail server's replies -------------------------------------------------------------------- */

static void replies_are_understood(void **state)
{
    static const struct {
        int64_t status;
        enum effect_verdict verdict;
        bool accepted;
    } cases[] = {
        { 250, EFFECT_DONE, true },   { 221, EFFECT_DONE, true },   { 421, EFFECT_AGAIN, false },
        { 450, EFFECT_AGAIN, false }, { 452, EFFECT_AGAIN, false }, { 550, EFFECT_DONE, false },
        { 554, EFFECT_DONE, false },  { 501, EFFECT_DONE, false },  { 530, EFFECT_AGAIN, false },
        { 535, EFFECT_AGAIN, false }, { 503, EFFECT_AGAIN, false }, { 556, EFFECT_DONE, false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_end end = { .fate = HTTP_ANSWERED, .status = cases[i].status };
        const void *result = NULL;

        assert_int_equal(mail_read(*state, NULL, &end, false, &result), cases[i].verdict);
        if (cases[i].verdict == EFFECT_DONE) {
            assert_int_equal(((const struct mail_end *)result)->accepted, cases[i].accepted);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(templates_are_filled),
        TEST(broken_templates_are_refused),
        TEST(languages_come_from_locales),
        TEST(amounts_are_written_as_people_do),
        TEST(dates_are_written_as_people_do),
        TEST(addresses_are_checked),
        TEST(a_plain_mail_is_plain),
        TEST(nothing_leaves_its_header),
        TEST(control_characters_become_spaces),
        TEST(replies_are_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
