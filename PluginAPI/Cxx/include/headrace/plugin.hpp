/// The C++ authoring layer over the C ABI: what every plugin in C++ would otherwise write again. C++20, header only, no
/// dependency. A plugin is an `Instance` subclass with a function per entry of its kind, and one line for the
/// structures that name them (`tables.hpp`); where that does not do, functions wrapped in `Exports<T>::guard`.
#pragma once

#include <headrace/headrace.h>

#include <headrace/cxx/arrow.hpp>
#include <headrace/cxx/batch.hpp>
#include <headrace/cxx/call.hpp>
#include <headrace/cxx/completion.hpp>
#include <headrace/cxx/config.hpp>
#include <headrace/cxx/error.hpp>
#include <headrace/cxx/findings.hpp>
#include <headrace/cxx/host.hpp>
#include <headrace/cxx/http.hpp>
#include <headrace/cxx/instance.hpp>
#include <headrace/cxx/memory.hpp>
#include <headrace/cxx/rows.hpp>
#include <headrace/cxx/streams.hpp>
#include <headrace/cxx/structs.hpp>
#include <headrace/cxx/tables.hpp>
#include <headrace/cxx/text.hpp>
