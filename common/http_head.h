/* http_head.h - whether a request's headers can be read in one way only.
 *
 * What a proxy in front reads differently hides a second request in the first one's body (RFC 9112, 11.2):
 * lengths and codings said twice or oddly, names with blanks, values with control characters, two hosts.
 */
#ifndef KERVAN_COMMON_HTTP_HEAD_H
#define KERVAN_COMMON_HTTP_HEAD_H

struct MHD_Connection;

/* What is wrong with the headers that have arrived, for people; NULL when nothing is. */
const char *http_head_fault(struct MHD_Connection *connection);

#endif
