/* lot.c - the lots of a row of stock: read, found, written. */
#include "services/inventory/lot.h"

#include "common/arena.h"
#include "common/rows.h"
#include "common/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "L 20600 30" and, a lot each, " number|expires|received|order|sellable|damaged|quality_control": none of what a number may
 * consist of is a space or a bar. */
enum { HEAD_WORDS = 3, FIELDS = 7, ENTRY_BYTES_MAX = 7 * 21 + 20 };

enum lot_tracking lots_tracking(const char *text)
{
    return text == NULL     ? LOT_TRACKING_NONE
           : text[0] == 'S' ? LOT_TRACKING_SERIAL
                            : LOT_TRACKING_LOT;
}

/* Cuts the text up to the separator off; NULL when there is no more. */
static char *next_word(char **rest, char separator)
{
    char *word = *rest, *end = word == NULL ? NULL : strchr(word, separator);

    if (end != NULL) {
        *end++ = '\0';
    }
    *rest = end;
    return word;
}

static int64_t number_of(const char *word)
{
    int64_t number = 0;
    bool known = word != NULL && text_to_int(word, &number);

    assert(known);
    (void)known;
    return number;
}

static struct lot read_lot(char *entry)
{
    struct lot lot = { .number = next_word(&entry, '|') };

    lot.expires_day = number_of(next_word(&entry, '|'));
    lot.received_day = number_of(next_word(&entry, '|'));
    lot.order_no = number_of(next_word(&entry, '|'));
    for (int i = 0; i < LOT_CONDITION_COUNT; i++) {
        lot.pieces[i] = number_of(next_word(&entry, '|'));
    }
    return lot;
}

static size_t count_words(const char *text)
{
    size_t count = 1;

    for (const char *at = strchr(text, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        count++;
    }
    return count;
}

struct lots lots_of(struct arena *arena, const char *text, size_t more)
{
    struct lots lots = { .tracking = lots_tracking(text) };
    size_t words = text == NULL ? HEAD_WORDS : count_words(text);

    lots.items = arena_alloc(arena, (words - HEAD_WORDS + more) * sizeof *lots.items);
    if (text == NULL) {
        return lots;
    }
    char *rest = arena_copy_text(arena, text, strlen(text));
    (void)next_word(&rest, ' ');
    lots.look_on = number_of(next_word(&rest, ' '));
    lots.shelf_life_days = number_of(next_word(&rest, ' '));
    while (rest != NULL) {
        lots.items[lots.count++] = read_lot(next_word(&rest, ' '));
    }
    return lots;
}

int64_t lot_on_hand(const struct lot *lot)
{
    return lot->pieces[LOT_SELLABLE] + lot->pieces[LOT_DAMAGED] + lot->pieces[LOT_QUALITY_CONTROL];
}

void lot_add(struct lot *sum, const struct lot *entry)
{
    for (int i = 0; i < LOT_CONDITION_COUNT; i++) {
        sum->pieces[i] += entry->pieces[i];
    }
}

static bool is_empty(const struct lot *lot)
{
    return lot->pieces[LOT_SELLABLE] == 0 && lot->pieces[LOT_DAMAGED] == 0 &&
           lot->pieces[LOT_QUALITY_CONTROL] == 0;
}

static size_t append(char *text, size_t length, const char *more)
{
    size_t more_length = strlen(more);

    memcpy(text + length, more, more_length + 1);
    return length + more_length;
}

const char *lots_text(struct arena *arena, const struct lots *lots)
{
    char *text = arena_alloc(arena, 64 + lots->count * ENTRY_BYTES_MAX);
    size_t length =
        append(text, 0,
               text_format(arena, "%c %lld %lld", lots->tracking == LOT_TRACKING_SERIAL ? 'S' : 'L',
                           (long long)lots->look_on, (long long)lots->shelf_life_days));

    assert(lots->tracking != LOT_TRACKING_NONE);
    for (size_t i = 0; i < lots->count; i++) {
        const struct lot *lot = &lots->items[i];

        if (!is_empty(lot)) {
            length =
                append(text, length,
                       text_format(arena, " %s|%lld|%lld|%lld|%lld|%lld|%lld", lot->number,
                                   (long long)lot->expires_day, (long long)lot->received_day,
                                   (long long)lot->order_no, (long long)lot->pieces[LOT_SELLABLE],
                                   (long long)lot->pieces[LOT_DAMAGED],
                                   (long long)lot->pieces[LOT_QUALITY_CONTROL]));
        }
    }
    return text;
}

const struct lot *lots_find(const struct lots *lots, const char *number)
{
    for (size_t i = 0; i < lots->count; i++) {
        if (strcmp(lots->items[i].number, number) == 0 && !is_empty(&lots->items[i])) {
            return &lots->items[i];
        }
    }
    return NULL;
}

int64_t lots_free(const struct lots *lots, const char *number, enum lot_condition condition,
                  int64_t order_no)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < lots->count; i++) {
        const struct lot *lot = &lots->items[i];

        bool free = lot->order_no == 0 || lot->order_no == order_no;

        if (free && strcmp(lot->number, number) == 0) {
            pieces += lot->pieces[condition];
        }
    }
    return pieces;
}

int64_t lots_picked(const struct lots *lots, int64_t order_no)
{
    int64_t pieces = 0;

    for (size_t i = 0; i < lots->count; i++) {
        pieces += lots->items[i].order_no == order_no ? lots->items[i].pieces[LOT_SELLABLE] : 0;
    }
    return pieces;
}

static int compare_numbers(int64_t left, int64_t right)
{
    return left < right ? -1 : left > right;
}

int lot_compare(const void *left, const void *right)
{
    const struct lot *one = left, *other = right;
    bool unnamed = one->number[0] == '\0', unnamed_too = other->number[0] == '\0';
    int64_t ends = one->expires_day == NOT_GIVEN ? INT64_MAX : one->expires_day;
    int64_t ends_too = other->expires_day == NOT_GIVEN ? INT64_MAX : other->expires_day;
    int order = unnamed == unnamed_too ? compare_numbers(ends, ends_too) : unnamed ? -1 : 1;

    order = order != 0 ? order : compare_numbers(one->received_day, other->received_day);
    order = order != 0 ? order : strcmp(one->number, other->number);
    return order != 0 ? order : compare_numbers(one->order_no, other->order_no);
}

bool lot_is_for_sale(const struct lot *lot)
{
    return lot->order_no == 0 && lot->pieces[LOT_SELLABLE] > 0;
}

int64_t lot_ends_on(const struct lots *lots, const struct lot *lot)
{
    return lot->expires_day == NOT_GIVEN ? INT64_MAX : lot->expires_day - lots->shelf_life_days + 1;
}

int64_t lots_first_expiry(struct arena *arena, const char *text)
{
    struct lots lots = lots_of(arena, text, 0);
    int64_t first = NOT_GIVEN;

    for (size_t i = 0; i < lots.count; i++) {
        const struct lot *lot = &lots.items[i];
        bool counts =
            lot->order_no == 0 && lot->pieces[LOT_SELLABLE] > 0 && lot->expires_day != NOT_GIVEN;

        if (counts && (first == NOT_GIVEN || lot->expires_day < first)) {
            first = lot->expires_day;
        }
    }
    return first;
}

enum lot_tracking lots_tracking_of(const struct item_row *item)
{
    return item->serial_tracked ? LOT_TRACKING_SERIAL
           : item->lot_tracked  ? LOT_TRACKING_LOT
                                : LOT_TRACKING_NONE;
}

/* Of an item without rows; where it has some they say how it is kept apart, under their lock. */
static struct lots lots_of_item(const struct item_row *item)
{
    return item == NULL ? (struct lots){ .tracking = LOT_TRACKING_NONE }
                        : (struct lots){ .tracking = lots_tracking_of(item),
                                         .shelf_life_days = item->minimum_shelf_life_days };
}

const char *lots_begin(struct arena *arena, const struct rows *rows, const char *sku)
{
    const struct stock_row *other = rows_find(rows, &stock_table, key_text(sku));
    struct lots lots = { .tracking = LOT_TRACKING_NONE };

    if (other != NULL) {
        lots = lots_of(arena, other->lots, 0);
        lots.count = 0;
        lots.look_on = 0;
    } else {
        lots = lots_of_item(rows_find(rows, &item_table, key_text(sku)));
    }
    return lots.tracking == LOT_TRACKING_NONE ? NULL : lots_text(arena, &lots);
}
