// Memory of one Arrow buffer: aligned to 64 bytes and with 64 bytes to spare behind its capacity, so that values may be
// stored 16 bytes at a time.
#pragma once

#include <headrace/cxx/memory.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace headrace::file {

/// Grown within a call of the host it is the host's memory, which a worker shares with it.
class Buffer {
 public:
  static constexpr std::size_t alignment = 64;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : block_(std::move(other.block_)), capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    block_ = std::move(other.block_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }

  template <class T>
  T* as() {
    return reinterpret_cast<T*>(block_.data());
  }
  std::size_t capacity() const { return capacity_; }

  /// Makes room for `wanted` bytes in all, and keeps what is there.
  void reserve(std::size_t wanted) {
    if (wanted > capacity_) [[unlikely]] {
      grow(wanted < capacity_ * 2 ? capacity_ * 2 : wanted);
    }
  }

 private:
  Block block_;
  std::size_t capacity_ = 0;

  void grow(std::size_t wanted) {
    std::size_t capacity = (wanted + alignment - 1) / alignment * alignment;
    Block larger(capacity + alignment);
    if (larger.data() == nullptr) throw std::bad_alloc();
    if (capacity_ != 0) std::memcpy(larger.data(), block_.data(), capacity_);
    std::memset(larger.data() + capacity, 0, alignment);
    block_ = std::move(larger);
    capacity_ = capacity;
  }
};

}  // namespace headrace::file
