/* sql.h - the shape of the statement tables that tools/sqlgen makes from .sql files. */
#ifndef KERVAN_COMMON_SQL_H
#define KERVAN_COMMON_SQL_H

#include <stdint.h>

struct sql_statement {
    const char *name; /* as in the .sql file; also its name on the server, unique a connection */
    const char *text;
    uint16_t parameter_count; /* the highest $n */
};

#endif
