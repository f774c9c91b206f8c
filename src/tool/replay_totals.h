/* replay_totals.h - the outcome of a replay as one JSON object, for programs. */
#pragma once

#include <stdio.h>

#include "run/replay_engine.h"

void replay_totals_print(FILE *out, const struct replay_result *result, int status);
