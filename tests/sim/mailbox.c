/* mailbox.c - mails by their Message-ID. */
#include "tests/sim/mailbox.h"

#include "common/arena.h"
#include "common/table.h"

#include <string.h>

struct mailbox *mailbox_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct mailbox));
}

static const char *id_in(struct sim *sim, const char *body)
{
    const char *line = strstr(body, "Message-ID:"), *id = line == NULL ? NULL : strchr(line, '<');

    /* A long one stands on a line of its own. */
    return id == NULL ? "" : arena_copy_text(sim->ctx.arena, id, strcspn(id, "\r\n"));
}

/* Whether the service has not heard of the end: the effect is still open. */
static bool is_open(struct sim *sim, const char *key)
{
    size_t count = 0;
    void **rows = memory_database_rows(sim->databases[SIM_NOTIFICATION], &effect_table, &count);
    bool open = false;

    for (size_t i = 0; i < count; i++) {
        open |= strcmp(((const struct effect_row *)rows[i])->key, key) == 0;
    }
    return open;
}

static void keep(struct sim *sim, const char *id, const char *key, uint64_t digest)
{
    struct mailbox *mailbox = sim->mailbox;
    struct mail *mail = names_find(&mailbox->by_id, id);

    if (mail == NULL) {
        mail = arena_alloc(sim->kept, sizeof *mail);
        mail->id = arena_copy_text(sim->kept, id, strlen(id));
        mail->digest = digest;
        mail->next = mailbox->mails;
        mailbox->mails = mail;
        mailbox->mail_count++;
        names_put(sim->kept, &mailbox->by_id, id, mail);
    } else {
        mailbox->copy_count++;
        mailbox->copies_after_end += !is_open(sim, key);
    }
    mail->differs = mail->differs || mail->digest != digest;
    mail->copies++;
}

struct answer mailbox_answer(struct sim *sim, const struct outside_call *call)
{
    struct bytes body = { (const unsigned char *)call->request.body, call->request.body_length };

    if (strstr(call->request.path, " unknown") != NULL) {
        sim->mailbox->refused++;
        return (struct answer){ 550, NULL };
    }
    if (!sim->healed && strstr(call->request.path, " full") != NULL &&
        chance_of(&sim->chance, 50000)) {
        return (struct answer){ 452, NULL };
    }
    keep(sim, id_in(sim, call->request.body), call->key, key_hash(key_bytes(body)));
    return (struct answer){ 250, NULL };
}
