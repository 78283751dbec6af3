#pragma once
#include <headrace/headrace.h>
