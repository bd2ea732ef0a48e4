/* judge_counts.c - what is counted in turn: by classes that there are, and not again before it is due. */
#include "tests/sim/judge.h"

#include "common/text.h"

enum { LINE_POSTED = 3 };

static struct view cycle, count_line, policy;

/* When an item was counted last, by what policies go. */
static int64_t counted_at(struct sim *sim, const char *sku, const char *location)
{
    const struct memory_slice rows = view_find(sim, SIM_INVENTORY, &cycle, key_text(sku));
    int64_t at = 0;

    for (size_t i = 0; i < rows.count; i++) {
        at = text_equal(view_text(&cycle, rows.rows[i], 1), location)
                 ? view_int(&cycle, rows.rows[i], 2)
                 : at;
    }
    return at;
}

/* What was counted and booked is not due for it; and there is no policy that would leave a class without days or items. */
void judge_cycles(struct sim *sim)
{
    size_t count = 0;

    (void)view_once(&cycle, SIM_INVENTORY, "stock_watch", "sku location counted_at");
    (void)view_once(&count_line, SIM_INVENTORY, "count_line", "sku location state counted_at");
    (void)view_once(&policy, SIM_INVENTORY, "count_policy",
                    "location a_percent b_percent a_days b_days c_days");
    void **rows = view_rows(sim, SIM_INVENTORY, &count_line, &count);
    for (size_t i = 0; i < count; i++) {
        const char *sku = view_text(&count_line, rows[i], 0);

        if (view_int(&count_line, rows[i], 2) == LINE_POSTED &&
            view_int(&count_line, rows[i], 3) >
                counted_at(sim, sku, view_text(&count_line, rows[i], 1))) {
            judge_find(
                sim,
                text_format(sim->ctx.arena, "%s at %s", sku, view_text(&count_line, rows[i], 1)),
                "%s", "was counted, and is due as if it was not");
        }
    }
    rows = view_rows(sim, SIM_INVENTORY, &policy, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&policy, rows[i], 1) >= view_int(&policy, rows[i], 2) ||
            view_int(&policy, rows[i], 3) > view_int(&policy, rows[i], 4) ||
            view_int(&policy, rows[i], 4) > view_int(&policy, rows[i], 5)) {
            judge_find(sim, view_text(&policy, rows[i], 0), "%s", "has classes that make no sense");
        }
    }
}
