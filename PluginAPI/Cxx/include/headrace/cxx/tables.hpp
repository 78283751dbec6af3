/// The constant structures of a library, made of the plugin's classes: one line for each kind, and one for the entry.
///
///     const headrace_entry* headrace_plugin_entry() {
///       static const headrace_entry entry = headrace::entry_of<headrace::source_of<Orders>>("orders", "1.0.0");
///       return &entry;
///     }
///
/// Each class is an `Instance`, has `static constexpr std::string_view config_schema`, and is constructed from
/// `(const Host&, std::string_view config)`. What its functions throw becomes a status and an error; `out` is filled
/// last, so that it is left alone then. Each call begins with a look at cancellation and deadline.
#pragma once

#include <headrace/cxx/batch.hpp>
#include <headrace/cxx/findings.hpp>
#include <headrace/cxx/instance.hpp>
#include <headrace/ext/detector.h>
#include <headrace/ext/draft/llm.h>
#include <headrace/ext/source.h>
#include <headrace/ext/transform.h>

#include <string_view>
#include <type_traits>
#include <utility>

namespace headrace {

namespace detail {

/// The barrier of an instance around a body that takes `(Type&, const Call&)`.
template <class Type, class Body>
headrace_status enter(headrace_instance* instance, const headrace_call* call, headrace_error* error,
                      Body&& body) noexcept {
  return Exports<Type>::guard(instance, error, [&](Type& object) {
    const Call wrapped(call);
    wrapped.throw_if_ended();
    return body(object, wrapped);
  });
}

template <class Type>
headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                       headrace_instance** out, headrace_error* error) noexcept {
  const headrace_status status = barrier(error, [&] { Call(call).throw_if_ended(); });
  return status == HEADRACE_OK ? Exports<Type>::create(call, host, config, out, error) : status;
}

template <class Type>
const headrace_factory* factory_of() {
  static const headrace_factory factory{sizeof(headrace_factory), 0, borrow(Type::config_schema), create<Type>,
                                        Exports<Type>::destroy, Exports<Type>::cancel};
  return &factory;
}

/// The functions of `headrace_source`.
template <class Type>
struct SourceExports {
  static headrace_status discover(headrace_instance* instance, const headrace_call* call,
                                  const headrace_string* patterns, uint64_t n_patterns, headrace_stream_list* out,
                                  headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& source, const Call& wrapped) {
      source.discover(wrapped, patterns, n_patterns, out);
    });
  }

  static headrace_status splits(headrace_instance* instance, const headrace_call* call,
                                const headrace_split_request* request, headrace_split_list* out,
                                headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& source, const Call& wrapped) {
      source.splits(wrapped, known(request), out);
    });
  }

  static headrace_status open(headrace_instance* instance, const headrace_call* call,
                              const headrace_open_request* request, ArrowSchema* schema, headrace_reader** reader,
                              headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& source, const Call& wrapped) {
      source.open(wrapped, known(request), schema);
      *reader = reinterpret_cast<headrace_reader*>(instance);
    });
  }

  static headrace_status read(headrace_instance* instance, const headrace_call* call, headrace_reader*,
                              headrace_batch* out, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error,
                       [&](Type& source, const Call& wrapped) { return source.read(wrapped, out); });
  }

  static headrace_status ack(headrace_instance* instance, const headrace_call* call,
                             const headrace_split_position* position, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& source, const Call& wrapped) {
      source.acknowledge(wrapped, known(position));
    });
  }

  static void close(headrace_instance* instance, headrace_reader*) noexcept {
    Exports<Type>::object(instance).close();
  }
};

/// A source that wants to know what has become durable.
template <class Type>
concept Acknowledged = requires(Type& source, const Call& call, const headrace_split_position& position) {
  source.acknowledge(call, position);
};

/// NULL for a source that need not know, so that nobody tells it.
template <class Type>
constexpr auto ack_of() -> decltype(headrace_source::ack) {
  if constexpr (Acknowledged<Type>) return SourceExports<Type>::ack;
  return nullptr;
}

/// The functions of `headrace_transform`.
template <class Type>
struct TransformExports {
  static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                              const ArrowSchema* input, ArrowSchema* output, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& transform, const Call& wrapped) {
      transform.bind(wrapped, view(stream), *input, output);
    });
  }

  static headrace_status apply(headrace_instance* instance, const headrace_call* call, ArrowArray* input,
                               headrace_batch* out, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error,
                       [&](Type& transform, const Call& wrapped) { transform.apply(wrapped, input, out); });
  }
};

/// The functions of `headrace_detector`.
template <class Type>
struct DetectorExports {
  static headrace_status bind(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                              const ArrowSchema* schema, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& detector, const Call& wrapped) {
      detector.bind(wrapped, view(stream), *schema);
    });
  }

  static headrace_status inspect(headrace_instance* instance, const headrace_call* call, const ArrowArray* batch,
                                 headrace_finding_list* out, headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& detector, const Call& wrapped) {
      FindingListBuilder findings;
      detector.inspect(wrapped, *batch, findings);
      findings.finish(out);
    });
  }

  static headrace_status finish(headrace_instance* instance, const headrace_call* call,
                                const headrace_run_summary* summary, headrace_finding_list* out,
                                headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& detector, const Call& wrapped) {
      FindingListBuilder findings;
      detector.finish(wrapped, known(summary), findings);
      findings.finish(out);
    });
  }

  static headrace_status save(headrace_instance* instance, const headrace_call* call, headrace_buffer* out,
                              headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& detector, const Call& wrapped) {
      fill_buffer(out, detector.save(wrapped));
    });
  }

  static headrace_status restore(headrace_instance* instance, const headrace_call* call, headrace_bytes state,
                                 headrace_error* error) noexcept {
    return enter<Type>(instance, call, error, [&](Type& detector, const Call& wrapped) {
      detector.restore(wrapped, view(state));
    });
  }
};

/// What a detector need not have.
template <class Type, class = void>
struct Finishes : std::false_type {};
template <class Type>
struct Finishes<Type, std::void_t<decltype(&Type::finish)>> : std::true_type {};

template <class Type, class = void>
struct Saves : std::false_type {};
template <class Type>
struct Saves<Type, std::void_t<decltype(&Type::save)>> : std::true_type {};

template <class Type, class = void>
struct Restores : std::false_type {};
template <class Type>
struct Restores<Type, std::void_t<decltype(&Type::restore)>> : std::true_type {};

/// The function of `headrace_llm`.
template <class Type>
headrace_status complete(headrace_instance* instance, const headrace_call* call, const headrace_prompt* prompt,
                         headrace_completion* out, headrace_error* error) noexcept {
  return enter<Type>(instance, call, error, [&](Type& llm, const Call& wrapped) {
    llm.complete(wrapped, known(prompt)).finish(out);
  });
}

inline std::string_view id_of(const headrace_source*) { return HEADRACE_SOURCE; }
inline std::string_view id_of(const headrace_transform*) { return HEADRACE_TRANSFORM; }
inline std::string_view id_of(const headrace_detector*) { return HEADRACE_DETECTOR; }
inline std::string_view id_of(const headrace_llm*) { return HEADRACE_LLM; }

/// `get_extension` of a library with these tables.
template <auto... Tables>
const void* find_extension(headrace_string id) {
  const void* found = nullptr;
  ((view(id) == id_of(decltype(Tables()){}) ? void(found = Tables()) : void()), ...);
  return found;
}

}  // namespace detail

/// The table of a source. `Type` has `discover`, `splits`, `open`, `read` and `close`, as in `SourceExports`; as at
/// most one reader is open in an instance, the instance is its own reader. One that has
/// `acknowledge(const Call&, const headrace_split_position&)` as well is told what has become durable: late, perhaps
/// again, and in an instance that may have opened nothing.
template <class Type>
const headrace_source* source_of() {
  using Export = detail::SourceExports<Type>;
  static const headrace_source table{
      sizeof(headrace_source), 0, detail::factory_of<Type>(), Export::discover, Export::splits, Export::open,
      Export::read, detail::ack_of<Type>(), Export::close};
  return &table;
}

/// The table of a transform. `Type` has `bind` and `apply`, as in `TransformExports`.
template <class Type>
const headrace_transform* transform_of() {
  using Export = detail::TransformExports<Type>;
  static const headrace_transform table{sizeof(headrace_transform), 0, detail::factory_of<Type>(), Export::bind,
                                        Export::apply};
  return &table;
}

/// The table of a detector. `Type` has `bind` and `inspect`, as in `DetectorExports`; `finish` if it has rules about
/// runs; and if it learns, `std::string save(const Call&)`, at most 1 MiB, and `void restore(const Call&,
/// std::string_view)`.
template <class Type>
const headrace_detector* detector_of() {
  using Export = detail::DetectorExports<Type>;
  static_assert(detail::Saves<Type>::value == detail::Restores<Type>::value,
                "what a detector saves it restores: it has both functions, public and not overloaded, or neither");
  static const headrace_detector table = [] {
    headrace_detector made{sizeof(headrace_detector), 0, detail::factory_of<Type>(), Export::bind, Export::inspect,
                           nullptr, nullptr, nullptr};
    if constexpr (detail::Finishes<Type>::value) made.finish = Export::finish;
    if constexpr (detail::Saves<Type>::value) {
      made.save = Export::save;
      made.restore = Export::restore;
    }
    return made;
  }();
  return &table;
}

/// The table of a language model. `Type` has `Completion complete(const Call&, const headrace_prompt&)`.
template <class Type>
const headrace_llm* llm_of() {
  static const headrace_llm table{sizeof(headrace_llm), 0, detail::factory_of<Type>(), detail::complete<Type>};
  return &table;
}

/// What `headrace_plugin_entry` returns the address of. The texts have to live as long as the library.
template <auto... Tables>
constexpr headrace_entry entry_of(std::string_view name, std::string_view version) {
  return headrace_entry{sizeof(headrace_entry), 0,       borrow(name), borrow(version), negotiate,
                        nullptr,                nullptr, detail::find_extension<Tables...>};
}

}  // namespace headrace
