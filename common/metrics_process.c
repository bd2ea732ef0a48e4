/* metrics_process.c - memory, processor time, files and start of this process, from Linux' /proc. */
#include "common/metrics_process.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Field `index` (from 1) of /proc/self/`file`, counted behind the last ')' when there is one: the
 * command name may hold spaces. */
static bool read_field(const char *path, int index, double *ret)
{
    char text[1024];
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return false;
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[length] = '\0';

    const char *at = strrchr(text, ')');
    at = at == NULL ? text : at + 2;
    for (; index > 1 && at != NULL; index--) {
        at = strchr(at, ' ');
        at = at == NULL ? NULL : at + 1;
    }
    if (at == NULL)
        return false;
    char *end;
    *ret = strtod(at, &end);
    return end != at;
}

static bool read_resident_bytes(double *ret)
{
    if (!read_field("/proc/self/statm", 2, ret))
        return false;
    *ret *= (double)sysconf(_SC_PAGESIZE);
    return true;
}

static bool read_clock(clockid_t id, double *ret)
{
    struct timespec time;

    if (clock_gettime(id, &time) != 0)
        return false;
    *ret = (double)time.tv_sec + (double)time.tv_nsec / 1e9;
    return true;
}

static bool read_cpu_seconds(double *ret)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID, ret);
}

/* The kernel counts a process' start in ticks since boot. */
static bool read_start_seconds(double *ret)
{
    enum { START_TICKS = 20 }; /* field 22 of stat(5), the 20th behind the command name */
    double now, since_boot, start_ticks;

    if (!read_field("/proc/self/stat", START_TICKS, &start_ticks) ||
        !read_clock(CLOCK_REALTIME, &now) || !read_clock(CLOCK_BOOTTIME, &since_boot))
        return false;
    *ret = now - since_boot + start_ticks / (double)sysconf(_SC_CLK_TCK);
    return true;
}

static bool read_open_fds(double *ret)
{
    DIR *folder = opendir("/proc/self/fd");
    int entries = 0;

    if (folder == NULL)
        return false;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread has this folder */
    while (readdir(folder) != NULL)
        entries++;
    (void)closedir(folder);
    *ret = entries - 3; /* ".", ".." and the folder itself */
    return true;
}

static bool read_max_fds(double *ret)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    *ret = (double)limit.rlim_cur;
    return true;
}

int process_figures(struct process_figure ret[PROCESS_FIGURES_MAX])
{
    static const struct {
        enum metric_kind kind;
        const char *name, *help;
        bool (*read)(double *ret);
    } known[] = {
        { METRIC_COUNTER, "process_cpu_seconds_total", "Processor time used.", read_cpu_seconds },
        { METRIC_GAUGE, "process_resident_memory_bytes", "Memory in use.", read_resident_bytes },
        { METRIC_GAUGE, "process_open_fds", "Open file descriptors.", read_open_fds },
        { METRIC_GAUGE, "process_max_fds", "Most file descriptors it may open.", read_max_fds },
        { METRIC_GAUGE, "process_start_time_seconds", "When it started, since 1970.",
          read_start_seconds },
    };
    _Static_assert(sizeof known / sizeof known[0] == PROCESS_FIGURES_MAX, "room for each");
    int count = 0;

    for (size_t i = 0; i < PROCESS_FIGURES_MAX; i++) {
        double value;
        if (known[i].read(&value)) {
            ret[count++] =
                (struct process_figure){ known[i].kind, known[i].name, known[i].help, value };
        }
    }
    return count;
}
