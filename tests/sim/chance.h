/* chance.h - everything that a seed decides is drawn from here: splitmix64, one word of state. */
#ifndef KERVAN_TESTS_SIM_CHANCE_H
#define KERVAN_TESTS_SIM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

static inline uint64_t chance_next(struct chance *chance)
{
    uint64_t mixed = chance->state += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

/* 0 ... below - 1 */
static inline int64_t chance_below(struct chance *chance, int64_t below)
{
    return (int64_t)(chance_next(chance) % (uint64_t)below);
}

/* first ... last */
static inline int64_t chance_between(struct chance *chance, int64_t first, int64_t last)
{
    return first + chance_below(chance, last - first + 1);
}

/* So many times in a hundred thousand; nothing is drawn for never. */
static inline bool chance_of(struct chance *chance, int64_t in_100000)
{
    return in_100000 > 0 && chance_below(chance, 100000) < in_100000;
}

/* Below `most`: as likely a part of it that is small as one that is large. */
static inline int64_t chance_soon(struct chance *chance, int64_t most)
{
    return chance_below(chance, 1 + (most >> chance_below(chance, 20)));
}

#endif
