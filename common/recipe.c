/* recipe.c - recipes as text: "A 2 B 1". */
#include "common/recipe.h"

#include "common/arena.h"
#include "common/text.h"
#include "proto/types.h"

#include <assert.h>
#include <string.h>

/* The next word of a text; moves on behind it. */
static const char *take_word(struct arena *arena, const char **text)
{
    size_t length = strcspn(*text, " ");
    const char *word = arena_copy_text(arena, *text, length);

    *text += length + ((*text)[length] == ' ');
    return word;
}

struct recipe recipe_of(struct arena *arena, const char *sku, const char *components)
{
    size_t room = components == NULL ? 1 : COMPONENTS_MAX;
    struct bundle_component *list = arena_alloc(arena, room * sizeof *list);
    struct recipe recipe = { list, 0 };

    if (components == NULL) {
        list[recipe.count++] = (struct bundle_component){ .sku = sku, .quantity = 1 };
        return recipe;
    }
    while (*components != '\0') {
        struct bundle_component *component = &list[recipe.count++];
        bool counts = false;

        assert(recipe.count <= COMPONENTS_MAX);
        component->sku = take_word(arena, &components);
        counts = text_to_int(take_word(arena, &components), &component->quantity);
        assert(counts && component->quantity > 0);
        (void)counts;
    }
    return recipe;
}

const char *recipe_text(struct arena *arena, const struct bundle_component *components,
                        size_t count)
{
    const char *text = NULL;

    for (size_t i = 0; i < count; i++) {
        text = text_format(arena, "%s%s%s %lld", text == NULL ? "" : text, text == NULL ? "" : " ",
                           components[i].sku, (long long)components[i].quantity);
    }
    return text;
}

void recipe_want(struct rows *rows, const struct table *table, const char *components)
{
    while (components != NULL && *components != '\0') {
        size_t length = strcspn(components, " ");

        rows_want(rows, table, (struct key){ .text = components, .length = length });
        components += length + 1;
        components += strcspn(components, " ");
        components += *components == ' ';
    }
}

int64_t recipe_pieces(struct recipe recipe, const char *sku)
{
    for (size_t i = 0; i < recipe.count; i++) {
        if (strcmp(recipe.components[i].sku, sku) == 0) {
            return recipe.components[i].quantity;
        }
    }
    return 0;
}
