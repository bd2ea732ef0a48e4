/* template_files.h - reads the templates of all messages in all languages, once, at the start.
 *
 * A folder holds <message>.<language>.subject, .text and .html for each: UTF-8, at most 16 KiB.
 */
#ifndef KERVAN_NOTIFICATION_TEMPLATE_FILES_H
#define KERVAN_NOTIFICATION_TEMPLATE_FILES_H

#include "common/err.h"
#include "services/notification/letter.h"

/* Everything read lives in `memory`.  ERR_FATAL names the file that is missing or wrong, and why. */
enum err template_files_read(struct ctx *ctx, struct arena *memory, const char *folder,
                             struct letter_templates *ret) MUST_USE;

#endif
