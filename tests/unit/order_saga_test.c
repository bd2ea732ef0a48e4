/* links: order */
/* order_saga_test.c - every cell of both tables, against pictures that a person can read. */
#include "tests/unit/order_bench.h"

#include "services/order/announce.h"
#include "services/order/cancel.h"
#include "services/order/commands.h"
#include "services/order/money_back.h"
#include "services/order/shares.h"
#include "services/order/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { LINES_MAX = 32 };

/* A line a step, a column an input, in the order of their enums; the letter in a cell is where it
 * leads, a dot a missing cell.  Lines that begin with a blank are for the reader. */
static const char life_picture[] =
    "  submitted / refused\n"
    "  || reserved / short / short ask / released / allocated / less / lost / anew / late\n"
    "  || ||||||||| authorized / .. held / action / credit short / asked / declined / lapsed\n"
    "  || ||||||||| ||||||| money taken / back / undo failed\n"
    "  || ||||||||| ||||||| ||| held / hold over / chosen\n"
    "  || ||||||||| ||||||| ||| ||| cancel / too late / cut\n"
    "  || ||||||||| ||||||| ||| ||| ||| stopped / not / left out / not / delivered\n"
    "  || ||||||||| ||||||| ||| ||| ||| ||||| add / reserved / short / paid / declined\n"
    "  || ||||||||| ||||||| ||| ||| ||| ||||| ||||| again / cancel / reduce / by hand / wait / "
    "refund\n"
    "  || ||||||||| ||||||| ||| ||| ||| ||||| ||||| |||||| overdue / given up\n"
    "N RE ......... ....... ... ... ... ..... ..... ...... ..  new\n"
    "R .. AMQ...... ....... ... ... U.R ..... ..... ...... RU  reserving\n"
    "A .. ...MAAUR. FHSS.K. ..U ... U.A ..... ..... ...... AU  authorizing\n"
    "S .. ...MSSUR. FHSSAK. ..U ... U.S ..... ..... ...... .U  awaiting the shopper\n"
    "F .. ...FFFFFF FFF..FF F.F FF. CFP U...Z 1.... FCPFFF .F  fulfilling\n"
    "C .. ...CCCCCC ......C C.C ... CCC UF..Z ..... C..CCC CC  canceling\n"
    "U .. ...M..... ....... UKU ... UUU ..... ..... U..UUU UU  undoing\n"
    "K .. ...E..... U...... U.U ... KKK ..... ..... K...K. KK  undoing the stock\n"
    "M .. U...U.... ....... MEM ... MMM ..... ..... M..MMM MM  undoing the money\n"
    "E .. K...K.... M...... M.M ... EEE ..... ..... ...... ..  ended\n"
    "Z .. ....Z.... ....... Z.Z ... ZZZ ..... ..... ...Z.Z ..  completed\n"
    "H .. ...MHHUR. .....KA ..U .F. U.H ..... ..... ...... ..  held\n"
    "Q .. ......... ....... ... ..R M.Q ..... ..... ...... .M  asking the shopper\n"
    "P .. ...PPPPPP ......P P.P P.. PPP ..FF. ..... P..PPP PP  asked for pieces\n"
    "1 .. ...F11111 .....11 1.1 11. F11 ..... .2F.. ...111 1F  adding: stock\n"
    "2 .. ...F22222 .....22 2.2 22. F22 ..... ..FFF ...222 2F  adding: money\n";

static const char share_picture[] =
    "  go / dropped / put back\n"
    "  ||| opened / suspended / packed / early / shorted\n"
    "  ||| ||||| stop / canceled / emptied / cancel refused / leave out / reduced / refused / "
    "never taken\n"
    "  ||| ||||| |||||||| captured / failed / unpaid\n"
    "  ||| ||||| |||||||| ||| labeled / shipped / delivered / .. unpaid / failed / voided / lost / "
    "void refused\n"
    "  ||| ||||| |||||||| ||| |||||||| again / cancel / refund / wait / resend / reroute\n"
    "  ||| ||||| |||||||| ||| |||||||| |||||| sourced / not / sought\n"
    "  ||| ||||| |||||||| ||| |||||||| |||||| ||| overdue / given up\n"
    "W TX. ..... X....... ... ........ ...... ..M ..  waiting\n"
    "T ... OHCKT AEX.R... ... ........ TT.T.. ... TT  told\n"
    "O ... .HCKO AEX.R... ... ........ .O.O.. ... .O  open\n"
    "A ... A.PPA AXXOA... ... ........ ...... ... ..  asked to stop\n"
    "P ... ..... PX.KP... ... ........ ...... ... ..  asked, and packed\n"
    "C ... ..... ........ LYK ........ CX.... ... CC  capturing\n"
    "L ... ..... I....... ... BSDNUU.. L..L.. ... LL  labeling\n"
    "B ... ..... I....... ... .SDNUUV. ...B.. ... .B  labeled\n"
    "S ... ..... ........ ... ..DNS.V. ..XS.. ... .S  shipped\n"
    "D ... ..... ........ ... ........ ...... ... ..  delivered\n"
    "X ... ..... ........ ... ........ ...... ... ..  stopped\n"
    "G ... ..... X....... ... ........ XX...E ... ..  given up by the place\n"
    "H T.. H.KKH AEX.R... ... ........ ...... ... ..  held\n"
    "K C.. ..... J....... ... ........ ...... ... ..  packed, and waits\n"
    "R ... R.QQR .EX.ROOT ... ........ ...... ... ..  asked for pieces\n"
    "Q ... ..... .E..QKK. ... ........ ...... ... ..  asked for pieces, and packed\n"
    "U ... ..... J....... ... BSDN.... LX.... ... ..  without a label\n"
    "V ... ..... ........ ... ..DN.... ..XSF. ... ..  lost on its way\n"
    "N N.. ..... ........ DN. ........ NX.... ... NN  money at the door\n"
    "Y ... ..... J....... L.K ........ CX.... ... ..  its money was refused\n"
    "E ... ..... X....... ... ........ E..E.. XG. EE  other places are looked for\n"
    "F ... ..... ........ ... ..DN.... F..F.. XV. FF  pieces to send it again are\n"
    "I ... ..... I...I... ... ISDNJJVB ...... ... ..  its label is asked back\n"
    "J ..K ..... ........ ... ........ ...... ... ..  set aside, because we asked\n"
    "M ... ..... X....... ... ........ M..M.. XX. MM  not found: other places are asked\n";

static int64_t life_next(int step, int input)
{
    return saga_cell((enum saga_step)step, (enum saga_input)input)->next;
}

static int64_t share_next(int step, int input)
{
    return share_cell((enum share_step)step, (enum share_input)input)->next;
}

/* The lines that stand for steps, NULL-terminated; lines[0] is nobody's. */
static void read_lines(const char *picture, const char *lines[LINES_MAX])
{
    int count = 1;

    for (; *picture != '\0'; picture = strchr(picture, '\n') + 1) {
        if (*picture != ' ') {
            lines[count++] = picture;
        }
    }
    lines[count] = NULL;
}

static void compare_cell(const char *lines[LINES_MAX], int step, int input, const char *at,
                         int64_t to)
{
    const char *where = to == 0 ? "." : lines[to];

    if (*where != *at) {
        fail_msg("%c, input %d: the picture has %c, the table %c", *lines[step], input, *at,
                 *where);
    }
}

static void compare(const char *picture, int64_t (*next)(int, int), int input_count)
{
    const char *lines[LINES_MAX];

    read_lines(picture, lines);
    assert_non_null(lines[1]);
    for (int step = 1; lines[step] != NULL; step++) {
        const char *at = lines[step] + 1;

        for (int input = 0; input < input_count; input++, at++) {
            at += *at == ' ' ? 1 : 0;
            compare_cell(lines, step, input, at, next(step, input));
        }
        assert_memory_equal(at, "  ", 2); /* no column is left over */
    }
}

static void pictures_agree(void **state)
{
    (void)state;
    compare(life_picture, life_next, SAGA_INPUT_COUNT);
    compare(share_picture, share_next, SHARE_INPUT_COUNT);
}

/* Whether a line of a picture is on the page, indented as code. */
static void find_line(const char *page, const char *line)
{
    char wanted[120] = "\n    ";

    memcpy(wanted + 5, line, strcspn(line, "\n"));
    if (*line != ' ' && strstr(page, wanted) == NULL) {
        fail_msg("not on the page: %s", wanted);
    }
}

static void page_shows_the_pictures(void **state)
{
    static char page[1 << 16];
    FILE *file = fopen("services/order/README.md", "rb"); /* tests run from the top of the tree */

    (void)state;
    assert_non_null(file);
    assert_in_range(fread(page, 1, sizeof page - 1, file), 1, sizeof page - 2);
    assert_int_equal(fclose(file), 0);
    for (const char *at = life_picture; *at != '\0'; at = strchr(at, '\n') + 1) {
        find_line(page, at);
    }
    for (const char *at = share_picture; *at != '\0'; at = strchr(at, '\n') + 1) {
        find_line(page, at);
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
static void check_cell(int step, const struct saga_cell *cell)
{
    bool on_its_way = step >= STEP_UNDOING && step <= STEP_UNDOING_MONEY;
    bool needs_stock = cell->next == STEP_UNDOING || cell->next == STEP_UNDOING_STOCK;

    assert_true(!is_over(step) || cell->next == 0 || is_over(cell->next)); /* no way back */
    assert_true(!needs_stock || on_its_way || acts(cell, tell_release));
    assert_true(step != STEP_COMPLETED || cell->next == 0 || cell->next == STEP_COMPLETED);
}

/* The ways out after the payment was asked for bring the money back; a payment that failed holds none, but may have been taken of. */
static void check_money(int step, int input, const struct saga_cell *cell)
{
    bool asked_for = (step >= STEP_AUTHORIZING && step <= STEP_CANCELING) || step == STEP_HELD ||
                     step == STEP_REDUCING;

    saga_action *needed = input == ON_DECLINED ? undo_taken : give_money_back;

    assert_true(!asked_for || !is_over(cell->next) || acts(cell, needed));
}

static void tables_are_sound(void **state)
{
    (void)state;
    for (int step = STEP_NEW; step < STEP_COUNT; step++) {
        for (int input = 0; input < SAGA_INPUT_COUNT; input++) {
            const struct saga_cell *cell = saga_cell((enum saga_step)step, (enum saga_input)input);

            check_cell(step, cell);
            check_money(step, input, cell);
        }
        /* Whoever asks gets an answer, at once or when the places have answered. */
        assert_true(step == STEP_NEW ||
                    (saga_cell((enum saga_step)step, ON_CANCEL_ASKED)->next != 0 &&
                     saga_cell((enum saga_step)step, ON_CUT_ASKED)->next != 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_agree),
        cmocka_unit_test(page_shows_the_pictures),
        cmocka_unit_test(tables_are_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
