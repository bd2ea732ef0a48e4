/* issuer.c - the settings of who documents come from. */
#include "common/issuer.h"

struct issuer issuer = { "Kervan", "", "", "", "", "", "", "" };

const struct setting issuer_settings[ISSUER_SETTING_COUNT] = { ISSUER_SETTINGS };
