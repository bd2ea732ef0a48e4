/* agenda.h - what the world outside will do, and when: earliest first, and what was planned first of one instant. */
#ifndef KERVAN_TESTS_SIM_AGENDA_H
#define KERVAN_TESTS_SIM_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim;

/* `subject` lives as long as the world. */
typedef void agenda_act(struct sim *sim, void *subject, int64_t number);

struct plan {
    int64_t at;
    uint64_t serial;
    agenda_act *act;
    void *subject;
    int64_t number;
};

/* Zeroed at birth. */
struct agenda {
    struct plan *plans; /* a heap */
    size_t count, capacity;
    uint64_t serial;
};

void agenda_add(struct agenda *agenda, struct plan plan);
/* INT64_MAX: nothing is planned. */
int64_t agenda_next_at(const struct agenda *agenda);
/* Takes the next one; false when none is due by `now`. */
bool agenda_take(struct agenda *agenda, int64_t now, struct plan *ret);
void agenda_release(struct agenda *agenda);

#endif
