/* precondition.h - which version of its subject a request is about: If-Match and If-None-Match, as they travel.
 *
 * An ETag of what can be changed is its version in quotation marks, and the owner alone knows the version of the moment
 * in which it decides: so the headers go to it with the request.  As text: "17", one version; "17,19", either; "*", any,
 * but there must be one; "0", there must be none yet; "-", a version that never was.  Pure.
 */
#ifndef KERVAN_COMMON_PRECONDITION_H
#define KERVAN_COMMON_PRECONDITION_H

#include <stdbool.h>
#include <stdint.h>

enum { PRECONDITION_VERSIONS_MAX = 6, PRECONDITION_LENGTH_MAX = 20 * PRECONDITION_VERSIONS_MAX };

#define PRECONDITION_NOTHING "0" /* there must be none yet */

struct precondition_text {
    char text[PRECONDITION_LENGTH_MAX + 1]; /* "": nothing is demanded */
};

/* What the headers say; each may be NULL.  False, without a result, when that cannot be: both at once, no list of ETags,
 * more of them than PRECONDITION_VERSIONS_MAX, or an If-None-Match that is not "*".  A weak ETag matches nothing, and one
 * that is no version neither. */
bool precondition_parse(const char *match, const char *none_match, struct precondition_text *ret);

/* Whether this version is one that is meant; 0: there is nothing.  A `precondition` of NULL demands nothing. */
bool precondition_holds(const char *precondition, int64_t version);

#endif
