/* fault.h - named points where a test build may be told to fail.
 *
 * KERVAN_FAULT=point:nth:action[,point:nth:action...] with action kill (SIGKILL to itself), stop (SIGSTOP) or delay-N (ms).
 * Without KERVAN_FAULTS defined at build time (release) a point is nothing at all.
 */
#ifndef KERVAN_COMMON_FAULT_H
#define KERVAN_COMMON_FAULT_H

#ifdef KERVAN_FAULTS
void fault_point(const char *name);
#else
static inline void fault_point(const char *name)
{
    (void)name;
}
#endif

#endif
