/* agenda.c - a binary heap. */
#include "tests/sim/agenda.h"

#include <stdlib.h>

static bool is_earlier(const struct plan *left, const struct plan *right)
{
    return left->at != right->at ? left->at < right->at : left->serial < right->serial;
}

static void swap(struct plan *left, struct plan *right)
{
    struct plan kept = *left;

    *left = *right;
    *right = kept;
}

void agenda_add(struct agenda *agenda, struct plan plan)
{
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 256 : 2 * agenda->capacity;
        agenda->plans = realloc(agenda->plans, agenda->capacity * sizeof plan);
        if (agenda->plans == NULL) {
            abort();
        }
    }
    plan.serial = agenda->serial++;
    size_t at = agenda->count++;
    agenda->plans[at] = plan;
    while (at > 0 && is_earlier(&agenda->plans[at], &agenda->plans[(at - 1) / 2])) {
        swap(&agenda->plans[at], &agenda->plans[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

int64_t agenda_next_at(const struct agenda *agenda)
{
    return agenda->count == 0 ? INT64_MAX : agenda->plans[0].at;
}

static size_t earlier_child(const struct agenda *agenda, size_t at)
{
    size_t least = at;

    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < agenda->count; child++) {
        if (is_earlier(&agenda->plans[child], &agenda->plans[least])) {
            least = child;
        }
    }
    return least;
}

bool agenda_take(struct agenda *agenda, int64_t now, struct plan *ret)
{
    if (agenda_next_at(agenda) > now) {
        return false;
    }
    *ret = agenda->plans[0];
    agenda->plans[0] = agenda->plans[--agenda->count];
    for (size_t at = 0, least; (least = earlier_child(agenda, at)) != at; at = least) {
        swap(&agenda->plans[at], &agenda->plans[least]);
    }
    return true;
}

void agenda_release(struct agenda *agenda)
{
    free(agenda->plans);
    *agenda = (struct agenda){ 0 };
}
