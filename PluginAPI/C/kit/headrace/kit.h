/* An authoring kit for plugins in C: what every one of them would otherwise write again. C11, header only, nothing to
 * link. It hides no part of the ABI: a plugin still fills the constant tables of <headrace/headrace.h> itself.
 *
 *   kit/text.h       text: borrowed, compared, matched with patterns, read as a number
 *   kit/error.h      failing with a message that the error owns
 *   kit/call.h       cancellation, deadlines, and the entry
 *   kit/config.h     members of the configuration
 *   kit/host.h       the host's log, its counters, and secrets
 *   kit/rows.h       schemas and batches of int64, float64 and utf8 columns, each in one allocation
 *   kit/rejects.h    rows that could not be read or transformed
 *   kit/source.h     lists of streams and splits
 *   kit/transform.h  columns that come in: found, read, replaced
 *   kit/detector.h   lists of findings
 *   kit/llm.h        answers
 *   kit/http.h       requests that the host sends
 *   kit/test.h       a host for a plugin's own tests; not included here
 *
 * Functions that can fail either return whether they did well, or a status together with a filled error; what was to
 * be made is then left alone. Names that end in an underscore belong to the kit itself. */
#ifndef HEADRACE_KIT_H
#define HEADRACE_KIT_H

#include <headrace/headrace.h>

#include <headrace/kit/call.h>
#include <headrace/kit/config.h>
#include <headrace/kit/detector.h>
#include <headrace/kit/error.h>
#include <headrace/kit/host.h>
#include <headrace/kit/http.h>
#include <headrace/kit/llm.h>
#include <headrace/kit/rejects.h>
#include <headrace/kit/rows.h>
#include <headrace/kit/source.h>
#include <headrace/kit/text.h>
#include <headrace/kit/transform.h>

#endif /* HEADRACE_KIT_H */
