/* The steps of a confinement, in the order in which they have to be taken. Each gives 0, or -1 with errno. */
#pragma once

#include "headrace_sandbox.h"

int headrace_apply_limits(const headrace_confinement* allowed);
int headrace_drop_user(const headrace_confinement* allowed, uint32_t* enforced);
int headrace_restrict_reach(const headrace_confinement* allowed, uint32_t* enforced);
int headrace_restrict_calls(const headrace_confinement* allowed, uint32_t* enforced);
