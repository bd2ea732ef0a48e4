/* judge_bins.c - what lies in bins is the sum of its ledger, and no more than there is. */
#include "tests/sim/judge.h"

#include "common/text.h"
#include "tests/sim/columns.h"

static struct view stock, pieces, ledger;

static void open_views(void)
{
    (void)view_once(&stock, SIM_INVENTORY, "stock", "sku location on_hand binned");
    (void)view_once(&pieces, SIM_INVENTORY, "stock_bin", "sku location bin quantity");
    (void)view_once(&ledger, SIM_INVENTORY, "bin_ledger", "sku location bin quantity");
}

/* "A-1 at WH-1", or with its bin "A-1 at WH-1 in B-1" */
static const char *name_of(struct sim *sim, const struct view *view, const void *row, bool with_bin)
{
    return text_format(sim->ctx.arena, "%s at %s%s%s", view_text(view, row, 0),
                       view_text(view, row, 1), with_bin ? " in " : "",
                       with_bin ? view_text(view, row, 2) : "");
}

static void add_all(struct sim *sim, const struct view *view, bool with_bin, struct sums *sums,
                    int64_t sign)
{
    size_t count = 0;
    void **rows = view_rows(sim, SIM_INVENTORY, view, &count);

    for (size_t i = 0; i < count; i++) {
        sums_add(sim, sums, name_of(sim, view, rows[i], with_bin),
                 sign * view_int(view, rows[i], 3));
    }
}

static void find_differences(struct sim *sim, const struct sums *sums, const char *what)
{
    for (const struct sum *sum = sums->first; sum != NULL; sum = sum->next) {
        if (sum->value != 0) {
            judge_find(sim, sum->name, "%s by %lld", what, (long long)sum->value);
        }
    }
}

void judge_bins(struct sim *sim)
{
    struct sums of_bins = { 0 }, of_places = { 0 };
    size_t count = 0;

    open_views();
    add_all(sim, &pieces, true, &of_bins, 1);
    add_all(sim, &ledger, true, &of_bins, -1);
    find_differences(sim, &of_bins, "what lies in the bin is not the sum of its ledger");
    add_all(sim, &stock, false, &of_places, 1);
    add_all(sim, &pieces, false, &of_places, -1);
    find_differences(sim, &of_places, "what lies in bins is not the sum of the bins");
    void **rows = view_rows(sim, SIM_INVENTORY, &pieces, &count);
    for (size_t i = 0; i < count; i++) {
        if (view_int(&pieces, rows[i], 3) < 0) {
            judge_find(sim, name_of(sim, &pieces, rows[i], true), "%s", "holds less than nothing");
        }
    }
}

void judge_bins_fit(struct sim *sim)
{
    size_t count = 0;

    open_views();
    void **rows = view_rows(sim, SIM_INVENTORY, &stock, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t on_hand = view_int(&stock, rows[i], 2), binned = view_int(&stock, rows[i], 3);

        if (binned > on_hand) {
            judge_find(sim, name_of(sim, &stock, rows[i], false), "%lld in bins, %lld on hand",
                       (long long)binned, (long long)on_hand);
        }
    }
}
