/* links: order */
/* order_saga_test.c - every cell of both tables, against pictures that a person can read. */
#include "tests/unit/order_bench.h"

#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/commands.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A line a step, a column an input, in the order of their enums; the letter in a cell is where it
 * leads, a dot a missing cell.  Lines that begin with a blank are for the reader. */
static const char life_picture[] = "  submitted                          \n"
                                   "  |refused                           \n"
                                   "  || reserved short released         \n"
                                   "  || ||| authorized action declined  \n"
                                   "  || ||| ||| taken back undo_failed  \n"
                                   "  || ||| ||| ||| cancel too_late     \n"
                                   "  || ||| ||| ||| || stopped not delivered\n"
                                   "  || ||| ||| ||| || ||| overdue given_up\n"
                                   "N RE ... ... ... .. ... ..  new\n"
                                   "R .. AE. ... ... K. ... RK  reserving\n"
                                   "A .. ..M FSK ... U. ... AU  authorizing\n"
                                   "S .. ..M FSK ... U. ... .U  awaiting the shopper\n"
                                   "F .. ..F ... ... CF U.Z ..  fulfilling\n"
                                   "C .. ..C ... ... CC UFZ CC  canceling\n"
                                   "U .. ..M ... UKU UU ... UU  undoing\n"
                                   "K .. ..E U.. U.. KK ... KK  undoing the stock\n"
                                   "M .. U.. ... MEM MM ... MM  undoing the money\n"
                                   "E .. K.. M.. M.. EE ... ..  ended\n"
                                   "Z .. ... ... ... ZZ ... ..  completed\n";

static const char share_picture[] = "  go dropped                         \n"
                                    "  || opened packed                   \n"
                                    "  || || stop canceled cancel_refused \n"
                                    "  || || ||| captured capture_failed  \n"
                                    "  || || ||| || labeled shipped delivered failed\n"
                                    "  || || ||| || |||| overdue given_up \n"
                                    "W TX .. ... .. .... ..  waiting\n"
                                    "T .. OC AG. .. .... TT  told\n"
                                    "O .. .C AG. .. .... .O  open\n"
                                    "A .. AP AXO .. .... ..  asked to stop\n"
                                    "P .. .. PXC .. .... ..  asked, and packed\n"
                                    "C .. .. ... LC .... CC  capturing\n"
                                    "L .. .. ... .. BSDL LL  labeling\n"
                                    "B .. .. ... .. .SDB .B  labeled\n"
                                    "S .. .. ... .. ..DS .S  shipped\n"
                                    "D .. .. ... .. .... ..  delivered\n"
                                    "X .. .. ... .. .... ..  stopped\n"
                                    "G .. .. ... .. .... ..  given up by the place\n";

static int64_t life_next(int step, int input)
{
    return saga_cell((enum saga_step)step, (enum saga_input)input)->next;
}

static int64_t share_next(int step, int input)
{
    return share_cell((enum share_step)step, (enum share_input)input)->next;
}

/* The lines that stand for steps, NULL-terminated; lines[0] is nobody's. */
static void read_lines(const char *picture, const char *lines[16])
{
    int count = 1;

    for (; *picture != '\0'; picture = strchr(picture, '\n') + 1) {
        if (*picture != ' ') {
            lines[count++] = picture;
        }
    }
    lines[count] = NULL;
}

static void compare(const char *picture, int64_t (*next)(int, int), int input_count)
{
    const char *lines[16];

    read_lines(picture, lines);
    for (int step = 1; lines[step] != NULL; step++) {
        const char *at = lines[step] + 1;

        for (int input = 0; input < input_count; input++) {
            at += *at == ' ' ? 1 : 0;
            int64_t to = next(step, input);
            char letter = to == 0 ? '.' : lines[to][0];

            if (letter != *at) {
                fail_msg("%c, input %d: want %c, got %c", lines[step][0], input, *at, letter);
            }
            at++;
        }
        assert_memory_equal(at, "  ", 2); /* no column is left over */
    }
    assert_non_null(lines[1]);
}

static void pictures_agree(void **state)
{
    (void)state;
    compare(life_picture, life_next, SAGA_INPUT_COUNT);
    compare(share_picture, share_next, SHARE_INPUT_COUNT);
}

/* The page about the service shows the same pictures, indented as code. */
static void page_shows_the_pictures(void **state)
{
    const char *const pictures[] = { life_picture, share_picture };
    static char page[1 << 16];
    FILE *file = fopen("services/order/README.md", "rb"); /* tests run from the top of the tree */

    (void)state;
    assert_non_null(file);
    assert_in_range(fread(page, 1, sizeof page - 1, file), 1, sizeof page - 2);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < 2; i++) {
        for (const char *at = pictures[i]; *at != '\0'; at = strchr(at, '\n') + 1) {
            char line[80] = "\n    ";

            memcpy(line + 5, at, strcspn(at, "\n"));
            if (*at != ' ' && strstr(page, line) == NULL) {
                fail_msg("not on the page: %s", line);
            }
        }
    }
}

static bool acts(const struct saga_cell *cell, saga_action *action)
{
    for (size_t i = 0; i < SAGA_ACTIONS_MAX; i++) {
        if (cell->actions[i] == action) {
            return true;
        }
    }
    return false;
}

static bool is_over(int64_t step)
{
    return step >= STEP_UNDOING && step <= STEP_ENDED;
}

/* What must be so whatever the tables say in detail. */
static void tables_are_sound(void **state)
{
    (void)state;
    for (int step = STEP_NEW; step < STEP_COUNT; step++) {
        for (int input = 0; input < SAGA_INPUT_COUNT; input++) {
            const struct saga_cell *cell = saga_cell((enum saga_step)step, (enum saga_input)input);

            if (is_over(step)) { /* nothing but giving back, and answers */
                assert_true(cell->next == 0 || is_over(cell->next));
            }
            if (cell->next == STEP_UNDOING || cell->next == STEP_UNDOING_STOCK) {
                bool on_its_way = step >= STEP_UNDOING && step <= STEP_UNDOING_MONEY;

                assert_true(acts(cell, tell_release) || on_its_way);
            }
            if (step == STEP_COMPLETED) {
                assert_true(cell->next == 0 || cell->next == STEP_COMPLETED);
            }
        }
        /* Whoever asks gets an answer, at once or when the places have answered. */
        if (step > STEP_NEW) {
            assert_true(saga_cell((enum saga_step)step, ON_CANCEL_ASKED)->next != 0);
        }
    }
}

/* The ways out before the payment was asked for leave no money behind, the others bring it back. */
static void money_is_asked_back(void **state)
{
    (void)state;
    for (int step = STEP_AUTHORIZING; step <= STEP_CANCELING; step++) {
        for (int input = 0; input < SAGA_INPUT_COUNT; input++) {
            const struct saga_cell *cell = saga_cell((enum saga_step)step, (enum saga_input)input);

            if (is_over(cell->next) && input != ON_DECLINED) {
                assert_true(acts(cell, give_money_back));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_agree),
        cmocka_unit_test(page_shows_the_pictures),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(money_is_asked_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
