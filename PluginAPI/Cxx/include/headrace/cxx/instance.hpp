/// An instance and its barrier: after a failure that nobody foresaw, the instance answers FATAL for ever.
#pragma once

#include <headrace/cxx/call.hpp>
#include <headrace/cxx/error.hpp>
#include <headrace/cxx/host.hpp>
#include <headrace/cxx/memory.hpp>
#include <headrace/plugin.h>

#include <memory>
#include <string_view>

namespace headrace {

/// The base of every plugin's instance.
class Instance {
 public:
  Instance() = default;
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  virtual ~Instance() = default;

  /// [any thread] Interrupts a library that waits. What polls `Call::is_cancelled` needs none.
  virtual void cancel() noexcept {}

  bool is_poisoned() const noexcept { return is_poisoned_; }
  void poison() noexcept { is_poisoned_ = true; }

  /// Where the buffers lie that are made in a call to this instance.
  const HostMemory& host_memory() const noexcept { return memory_; }
  void use_host_memory(const HostMemory& memory) noexcept { memory_ = memory; }

 private:
  bool is_poisoned_ = false;
  HostMemory memory_;
};

/// The functions of `headrace_factory` for a `Type` that is an Instance and is constructed from
/// `(const Host&, std::string_view config)`.
template <class Type>
struct Exports {
  static headrace_instance* handle(Type* instance) noexcept { return reinterpret_cast<headrace_instance*>(instance); }
  static Type& object(headrace_instance* handle) noexcept { return *reinterpret_cast<Type*>(handle); }

  static headrace_status create(const headrace_call*, const headrace_host* host, headrace_string config,
                                headrace_instance** out, headrace_error* error) noexcept {
    return barrier(error, [&] {
      auto instance = std::make_unique<Type>(Host(host), view(config));
      instance->use_host_memory(HostMemory(host));
      *out = handle(instance.release());
    });
  }

  static void destroy(headrace_instance* instance) noexcept {
    if (instance != nullptr) delete &object(instance);
  }

  static void cancel(headrace_instance* instance) noexcept {
    if (instance != nullptr) object(instance).cancel();
  }

  /// The barrier for calls to an instance. `body` takes `Type&` and returns nothing or a status.
  template <class Body>
  static headrace_status guard(headrace_instance* handle, headrace_error* error, Body&& body) noexcept {
    Type& instance = object(handle);
    if (instance.is_poisoned()) {
      return fail_static(error, HEADRACE_FATAL, "the instance is unusable since an earlier failure");
    }
    const HostMemory::Scope scope(instance.host_memory());
    try {
      if constexpr (std::is_void_v<decltype(body(instance))>) {
        body(instance);
        return HEADRACE_OK;
      } else {
        return body(instance);
      }
    } catch (...) {
      bool is_expected = false;
      const headrace_status status = fail_from_exception(error, &is_expected);
      if (!is_expected) instance.poison();
      return status;
    }
  }

  /// The factory of `Type`; a constant of the plugin.
  static constexpr headrace_factory factory(std::string_view config_schema, uint32_t flags = 0) {
    return headrace_factory{sizeof(headrace_factory), flags, borrow(config_schema), create, destroy, cancel};
  }
};

}  // namespace headrace
