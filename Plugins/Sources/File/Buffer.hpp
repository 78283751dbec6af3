// Memory of one Arrow buffer: aligned to 64 bytes and with 64 bytes to spare behind its capacity, so that values may be
// stored 16 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace headrace::file {

class Buffer {
 public:
  static constexpr std::size_t alignment = 64;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Buffer() { std::free(bytes_); }

  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_);
  }
  std::size_t capacity() const { return capacity_; }

  /// Makes room for `wanted` bytes in all, and keeps what is there.
  void reserve(std::size_t wanted) {
    if (wanted > capacity_) [[unlikely]] {
      grow(wanted < capacity_ * 2 ? capacity_ * 2 : wanted);
    }
  }

  /// Gives the memory away, to be freed with `free`.
  std::uint8_t* release() {
    capacity_ = 0;
    return std::exchange(bytes_, nullptr);
  }

 private:
  std::uint8_t* bytes_ = nullptr;
  std::size_t capacity_ = 0;

  void grow(std::size_t wanted) {
    std::size_t capacity = (wanted + alignment - 1) / alignment * alignment;
    auto* larger = static_cast<std::uint8_t*>(std::aligned_alloc(alignment, capacity + alignment));
    if (larger == nullptr) throw std::bad_alloc();
    if (bytes_ != nullptr) std::memcpy(larger, bytes_, capacity_);
    std::memset(larger + capacity, 0, alignment);
    std::free(bytes_);
    bytes_ = larger;
    capacity_ = capacity;
  }
};

}  // namespace headrace::file
