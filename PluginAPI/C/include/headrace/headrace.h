/* Everything that version 1 of the plugin ABI consists of. */
#ifndef HEADRACE_H
#define HEADRACE_H

#include <headrace/abi.h>
#include <headrace/call.h>
#include <headrace/data.h>
#include <headrace/host.h>
#include <headrace/plugin.h>
#include <headrace/status.h>

#include <headrace/ext/detector.h>
#include <headrace/ext/format.h>
#include <headrace/ext/http.h>
#include <headrace/ext/source.h>
#include <headrace/ext/transform.h>

#endif /* HEADRACE_H */
