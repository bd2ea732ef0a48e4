/* order_identity_test.c - one name, one id; known answers, so that the gateway and the owner agree for ever. */
#include "common/order_identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An empty id when there is none. */
static struct order_id_text id_of(const char *channel, const char *ref, const char *key)
{
    struct order_id_text id = { 0 };
    struct order_name name = { channel, ref, key };
    bool named = order_identity(&name, &id);

    assert_int_equal(named, id.text[0] != '\0');
    return id;
}

/* Computed apart: base32 of the first half of sha256("web\nref\n100045"), and so on. */
static void known_answers(void **state)
{
    (void)state;
    assert_string_equal(id_of("web", "100045", NULL).text, "ord_yjavgeeqwymgjgvu2f2jwee44u");
    assert_string_equal(id_of("web", NULL, "100045").text, "ord_izpk7vvdxgl6cct6naxmslbpbm");
}

static void reference_goes_first(void **state)
{
    (void)state;
    assert_string_equal(id_of("web", "100045", "any-key").text, id_of("web", "100045", NULL).text);
}

static void channels_do_not_share_names(void **state)
{
    (void)state;
    assert_string_not_equal(id_of("phone", "1", NULL).text, id_of("web", "1", NULL).text);
    assert_string_not_equal(id_of("web", "2", NULL).text, id_of("web", "1", NULL).text);
}

static void nameless_has_no_id(void **state)
{
    char longest[300] = { 0 };

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    assert_string_equal(id_of("web", NULL, NULL).text, "");
    assert_string_equal(id_of(NULL, "1", NULL).text, "");
    assert_string_equal(id_of("web", longest, NULL).text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(reference_goes_first),
        cmocka_unit_test(channels_do_not_share_names),
        cmocka_unit_test(nameless_has_no_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
