/* fault.c - dies, stops or dawdles where a test asked for it; compiled to nothing in a release. */
#include "common/fault.h"

#ifdef KERVAN_FAULTS

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FAULTS_MAX = 8, NAME_BYTES = 48 };

struct fault {
    char name[NAME_BYTES];
    char action[16];
    long nth;
    atomic_long passed;
};

static struct fault faults[FAULTS_MAX];
static int fault_count = -1;

static void read_faults(void)
{
    const char *text = getenv(
        "KERVAN_FAULT"); /* NOLINT(concurrency-mt-unsafe): read before there are threads that write it */
    int count = 0;

    while (text != NULL && *text != '\0' && count < FAULTS_MAX) {
        struct fault *fault = &faults[count];

        /* NOLINTNEXTLINE(cert-err34-c): a test's own setting; a malformed one is ignored */
        count += sscanf(text, "%47[^:]:%ld:%15[^,]", fault->name, &fault->nth, fault->action) == 3
                     ? 1
                     : 0;
        text = strchr(text, ',');
        text = text == NULL ? NULL : text + 1;
    }
    fault_count = count;
}

static void act(const struct fault *fault)
{
    if (strcmp(fault->action, "kill") == 0) {
        (void)kill(getpid(), SIGKILL);
    } else if (strcmp(fault->action, "stop") == 0) {
        (void)kill(getpid(), SIGSTOP);
    } else if (strncmp(fault->action, "delay-", 6) == 0) {
        long delay_ms = strtol(fault->action + 6, NULL, 10);
        struct timespec delay = { .tv_sec = delay_ms / 1000, .tv_nsec = delay_ms % 1000 * 1000000 };

        (void)nanosleep(&delay, NULL);
    }
}

void fault_point(const char *name)
{
    if (fault_count < 0) {
        read_faults();
    }
    for (int i = 0; i < fault_count; i++) {
        if (strcmp(faults[i].name, name) == 0 &&
            atomic_fetch_add(&faults[i].passed, 1) + 1 == faults[i].nth) {
            act(&faults[i]);
        }
    }
}

#else
typedef int fault_nothing_here;
#endif
