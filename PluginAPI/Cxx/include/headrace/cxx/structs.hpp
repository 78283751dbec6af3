/// The growth rule of the ABI in two functions: look at no byte beyond the smaller of the two sizes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace headrace {

/// Fills what the other side handed over: everything in `value` that fits, `struct_size` left as it came.
template <class Struct>
void fill(Struct* out, const Struct& value) noexcept {
  constexpr std::size_t header = sizeof(uint32_t);
  const std::size_t size = std::min<std::size_t>(out->struct_size, sizeof(Struct));
  if (size <= header) return;
  std::memcpy(reinterpret_cast<char*>(out) + header, reinterpret_cast<const char*>(&value) + header, size - header);
}

/// A private copy of what the other side passed: what its version of the structure lacks is zero.
template <class Struct>
Struct known(const Struct* in) noexcept {
  Struct copy{};
  if (in == nullptr) return copy;
  std::memcpy(&copy, in, std::min<std::size_t>(in->struct_size, sizeof(Struct)));
  copy.struct_size = sizeof(Struct);
  return copy;
}

}  // namespace headrace
