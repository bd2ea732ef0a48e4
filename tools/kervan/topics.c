/* topics.c - `kervan topics`: the topics of all services, as a table.
 *
 * Requests and commands are kept for two weeks, longer than any outage; facts for ever.  Every
 * topic of the services has a partition a lane, so their number is fixed once.
 */
#include "tools/kervan/kervan.h"

#include "common/config.h"
#include "common/id.h"
#include "common/text.h"
#include "common/topic_admin.h"
#include "tools/kervan/command.h"

enum { CHANNELS_MAX = OPTION_REPEATS_MAX, TOPICS_MAX = 128, LANES_MAX = 1024, TEXT_MAX = 4096 };

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS  (24 * HOUR_MS)
#define FOREVER INT64_C(-1)

struct plan {
    const char *kafka, *properties;
    int64_t lanes, gateways, replication;
    const char *channels[CHANNELS_MAX];
    size_t channel_count;
    struct topic_wanted topics[TOPICS_MAX];
    size_t topic_count;
};

static const struct {
    const char *name;
    bool has_commands;
} services[] = {
    { "order", false }, /* nobody commands it: it is asked */
    { "inventory", true }, { "payment", true },      { "fulfillment", true },
    { "shipping", true },  { "notification", true },
};

static void add(struct plan *plan, struct topic_wanted wanted)
{
    if (plan->topic_count < TOPICS_MAX) /* services and CHANNELS_MAX stay below it */
        plan->topics[plan->topic_count++] = wanted;
}

static void list_topics(struct ctx *ctx, struct plan *plan)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        const char *name = services[i].name;
        add(plan, (struct topic_wanted){ text_format(ctx->arena, "%s.requests", name), plan->lanes,
                                         14 * DAY_MS, false });
        if (services[i].has_commands) {
            add(plan, (struct topic_wanted){ text_format(ctx->arena, "%s.commands", name),
                                             plan->lanes, 14 * DAY_MS, false });
        }
        add(plan, (struct topic_wanted){ text_format(ctx->arena, "%s.events", name), plan->lanes,
                                         FOREVER, false });
    }
    add(plan, (struct topic_wanted){ "item.state", plan->lanes, FOREVER, true });
    add(plan, (struct topic_wanted){ "stock.levels", plan->lanes, FOREVER, true });
    add(plan, (struct topic_wanted){ "channel.state", plan->lanes, FOREVER, true });
    add(plan, (struct topic_wanted){ "gateway.replies", plan->gateways, HOUR_MS, false });
    for (size_t i = 0; i < plan->channel_count; i++) {
        const char *name = text_format(ctx->arena, "order.requests.%s", plan->channels[i]);
        add(plan, (struct topic_wanted){ name, plan->lanes, 14 * DAY_MS, false });
    }
}

static enum err make_topics(struct ctx *ctx, const struct plan *plan, struct topic_admin *admin)
{
    size_t made_count = 0;

    for (size_t i = 0; i < plan->topic_count; i++) {
        bool made = false;
        enum err e = topic_admin_make(ctx, admin, &plan->topics[i], plan->replication, &made);
        if (e != OK)
            return e;
        if (made) {
            say("created %s, %lld partitions", plan->topics[i].name,
                (long long)plan->topics[i].partitions);
        }
        made_count += made;
    }
    for (size_t i = 0; i < plan->topic_count; i++) {
        enum err e = topic_admin_await(ctx, admin, &plan->topics[i]);
        if (e != OK)
            return e;
    }
    say("%zu topics, %zu of them new", plan->topic_count, made_count);
    return OK;
}

enum err run_topics(struct invocation *call)
{
    static struct plan plan; /* settings point into it and live for ever */
    const struct setting settings[] = {
        { "KERVAN_KAFKA", SETTING_TEXT, &plan.kafka, "127.0.0.1:9092", 1, TEXT_MAX,
          "bootstrap servers" },
        { "KERVAN_KAFKA_PROPERTIES", SETTING_SECRET, &plan.properties, "", 0, TEXT_MAX,
          "more librdkafka settings: name=value;name=value (SASL, TLS)" },
        { "KERVAN_KAFKA_REPLICATION", SETTING_INT, &plan.replication, "1", 1, 9,
          "replicas of each new topic; 3 or more wait for two" },
        { "KERVAN_LANES", SETTING_INT, &plan.lanes, "12", 1, LANES_MAX,
          "fixed when the cluster is created" },
        { "KERVAN_GATEWAYS", SETTING_INT, &plan.gateways, "4", 1, LANES_MAX,
          "gateways at most: one partition of gateway.replies each" },
    };
    size_t setting_count = sizeof settings / sizeof settings[0];
    struct topic_admin *admin = NULL;
    struct ctx *ctx = call->ctx;
    enum err e = config_read(ctx, settings, setting_count);

    plan.channel_count = option_texts(call, "--channel", plan.channels);
    if (e == OK)
        e = topic_admin_open(ctx, plan.kafka, plan.properties, &admin);
    if (e != OK)
        return e;
    list_topics(ctx, &plan);
    e = make_topics(ctx, &plan, admin);
    topic_admin_close(admin);
    return e;
}
