/* admission.c - a limit that follows what is worked on. */
#include "services/gateway/admission.h"

#include <math.h>

enum { MS_A_SECOND = 1000, LOWERED_AGAIN_MS = 1000, CALM_DIVISOR = 4, SPARE_DIVISOR = 2 };
static const double let_in_share = 0.9, doubles_s = 2, burst_s = 0.25;
/* What would be worked off in five minutes if it went on like this, falls. */
static const double worked_off_s = 300;
/* A limit of more than twice what comes limits nothing. */
static const double idle_times = 2;

/* Late at both ends of the last span, and not less so: what shows in one look may be a service that has come back. */
static bool gets_later(const struct admission *admission, int64_t late_ms)
{
    double behind_s = (double)admission->behind_ms / MS_A_SECOND;
    double before_s = behind_s - admission->span.grown_s;

    return fmin(behind_s, before_s) * MS_A_SECOND > (double)late_ms &&
           admission->span.grown_s > -admission->span.passed_s * behind_s / worked_off_s;
}

static double taken_per_second(const struct admission *admission)
{
    return (double)(admission->span.taken + admission->before.taken) /
           (admission->span.passed_s + admission->before.passed_s);
}

static void lower(struct admission *admission, int64_t now)
{
    double passed_s = admission->span.passed_s + admission->before.passed_s;
    double grows = fmax(0, admission->span.grown_s + admission->before.grown_s) / passed_s;

    admission->limit_per_second =
        fmax(ADMISSION_FLOOR_PER_SECOND, let_in_share * taken_per_second(admission) / (1 + grows));
    admission->lowered_at = now;
}

static void widen(struct admission *admission)
{
    double enough = idle_times * fmax(ADMISSION_FLOOR_PER_SECOND, taken_per_second(admission));

    admission->limit_per_second *= 1 + admission->span.passed_s / doubles_s;
    if (admission->limit_per_second > enough) {
        admission->limit_per_second = 0;
    }
}

static void see(struct admission *admission, int64_t behind_ms, int64_t now)
{
    admission->before = admission->span;
    admission->span = (struct admission_span){
        .passed_s = (double)(now - admission->looked_at) / MS_A_SECOND,
        .grown_s = (double)(behind_ms - admission->behind_ms) / MS_A_SECOND,
        .taken = admission->taken,
    };
}

void admission_look(struct admission *admission, int64_t late_ms, int64_t behind_ms, int64_t now)
{
    bool first = admission->looked_at == 0;

    if (!first && now <= admission->looked_at) {
        return;
    }
    if (!first) {
        see(admission, behind_ms, now);
    }
    admission->looked_at = now;
    admission->behind_ms = behind_ms;
    admission->taken = 0;
    if (first || late_ms == 0) {
        return;
    }
    bool limited = admission->limit_per_second > 0;
    if (gets_later(admission, late_ms) &&
        (!limited || now - admission->lowered_at >= LOWERED_AGAIN_MS)) {
        lower(admission, now);
    } else if (behind_ms <= late_ms / CALM_DIVISOR && limited) {
        widen(admission);
    }
}

static void fill(struct admission *admission, int64_t now)
{
    double limit = admission->limit_per_second;
    double passed_s = (double)(now - admission->filled_at) / MS_A_SECOND;

    admission->tokens = fmin(1 + limit * burst_s, admission->tokens + fmax(0, passed_s) * limit);
    admission->filled_at = now;
}

bool admission_take(struct admission *admission, int64_t now)
{
    if (admission->limit_per_second > 0) {
        fill(admission, now);
        if (admission->tokens < 1) {
            return false;
        }
        admission->tokens--;
    }
    admission->taken++;
    return true;
}

bool admission_take_spare(struct admission *admission, int64_t late_ms, int64_t now)
{
    if (late_ms > 0 && admission->behind_ms > late_ms / SPARE_DIVISOR) {
        return false;
    }
    if (admission->limit_per_second > 0) {
        fill(admission, now);
        if (admission->tokens < 1 + admission->limit_per_second * burst_s / SPARE_DIVISOR) {
            return false;
        }
    }
    return admission_take(admission, now);
}
