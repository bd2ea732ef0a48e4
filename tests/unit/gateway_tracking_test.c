/* gateway_tracking_test.c - the carriers' pages of parcels, and that no language leaves a word out.
 *
 * links: gateway
 */
#include "services/gateway/tracking.h"
#include "services/gateway/tracking_words.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void leads_to_the_carriers_page(void **state)
{
    static const struct {
        const char *carrier, *number, *url;
    } cases[] = {
        { "UPS", "1Z9", "https://www.ups.com/track?tracknum=1Z9" },
        { "ups", "1Z9", "https://www.ups.com/track?tracknum=1Z9" },
        { "DHLExpress", "JD-1",
          "https://www.dhl.com/global-en/home/tracking.html?tracking-id=JD-1" },
        { "USPS", "94", "https://tools.usps.com/go/TrackConfirmAction?tLabels=94" },
        { "Somebody", "94", NULL },
        { "UPS", "1Z&x=javascript:1", NULL },
        { "UPS", "", NULL },
        { "UPS", NULL, NULL },
        { NULL, "94", NULL },
    };
    struct arena *arena = arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *url = tracking_carrier_url(arena, cases[i].carrier, cases[i].number);

        if (cases[i].url == NULL) {
            assert_null(url);
        } else {
            assert_string_equal(url, cases[i].url);
        }
    }
    arena_free(arena);
}

static void assert_all_said(const char *const *words, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        assert_non_null(words[i]);
        assert_true(words[i][0] != '\0');
    }
}

static void leaves_no_word_out(void **state)
{
    (void)state;
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const struct tracking_words *words = &tracking_words[i];

        assert_all_said(&words->title, 0, 21);
        assert_ptr_equal(&words->title + 21, &words->nothing_yet);
        assert_all_said(words->statuses, 1, SHOPPER_STATUS_RETURNED);
        assert_all_said(words->states, 1, ORDER_TRACKING_SHIPMENT_STATE_FAILED);
        assert_all_said(words->tracking, 1, TRACKING_STATUS_UNKNOWN - 1);
        assert_all_said(words->happened, 1, ORDER_TRACKING_EVENT_WHAT_FAILURE);
        assert_all_said(&words->way, 0, 0);
        assert_all_said(words->steps, 0, 3);
        assert_all_said(&words->done, 0, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_to_the_carriers_page),
        cmocka_unit_test(leaves_no_word_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
