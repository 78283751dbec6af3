/// Memory for the buffers of batches. While the host makes a call on this thread it is the host's, so that a batch
/// crosses to it without a copy; otherwise, or if the host has none left, it is the system's.
#pragma once

#include <headrace/cxx/text.hpp>
#include <headrace/host.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace headrace {

/// An instance's way to the memory of its host.
class HostMemory {
 public:
  HostMemory() = default;
  explicit HostMemory(const headrace_host* host) : host_(host) {
    if (host == nullptr || host->get_extension == nullptr) return;
    table_ = static_cast<const headrace_host_allocator*>(host->get_extension(host, borrow(HEADRACE_HOST_ALLOCATOR)));
  }

  /// Makes it the memory of this thread, as long as a call lasts.
  class Scope {
   public:
    explicit Scope(const HostMemory& memory) noexcept : before_(std::exchange(current_, &memory)) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { current_ = before_; }

   private:
    const HostMemory* before_;
  };

 private:
  friend class Block;
  const headrace_host* host_ = nullptr;
  const headrace_host_allocator* table_ = nullptr;
  static inline thread_local const HostMemory* current_ = nullptr;
};

/// A block of memory, aligned to 64 bytes. It may be freed by any thread, also when its instance is gone.
class Block {
 public:
  Block() = default;

  /// A multiple of 64 bytes; `data` is NULL if there is no memory.
  explicit Block(std::size_t bytes) {
    const HostMemory* memory = HostMemory::current_;
    if (memory != nullptr && memory->table_ != nullptr) data_ = memory->table_->allocate(memory->host_, bytes);
    if (data_ != nullptr) {
      host_free_ = memory->table_->free;
    } else {
      data_ = std::aligned_alloc(64, bytes);
    }
  }

  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), host_free_(std::exchange(other.host_free_, nullptr)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(host_free_, other.host_free_);
    return *this;
  }

  ~Block() {
    if (data_ != nullptr && host_free_ != nullptr) {
      host_free_(nullptr, data_);
    } else {
      std::free(data_);
    }
  }

  uint8_t* data() const noexcept { return static_cast<uint8_t*>(data_); }

 private:
  void* data_ = nullptr;
  void (*host_free_)(const headrace_host*, void*) = nullptr; /* NULL: the system's */
};

}  // namespace headrace
