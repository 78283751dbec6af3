/// Bitmaps and UUIDs, which both directions of the conversion share.
#pragma once

#include "DuckDB.hpp"

#include <cstdint>
#include <cstring>

namespace sql {

inline uint8_t get_bit(const uint8_t* bits, int64_t index) { return (bits[index / 8] >> (index % 8)) & 1; }

/// Copies `count` bits from `first` on to the start of `out`, whose last byte may get bits beyond them.
inline void copy_bits(const uint8_t* bits, int64_t first, int64_t count, uint8_t* out) {
  const uint8_t* source = bits + first / 8;
  const int shift = static_cast<int>(first % 8);
  const int64_t bytes = (count + 7) / 8;
  if (shift == 0) {
    std::memcpy(out, source, static_cast<std::size_t>(bytes));
    return;
  }
  const int64_t source_bytes = (shift + count + 7) / 8;
  for (int64_t i = 0; i < bytes; ++i) {
    const int next = i + 1 < source_bytes ? source[i + 1] : 0;
    out[i] = static_cast<uint8_t>((source[i] >> shift) | (next << (8 - shift)));
  }
}

constexpr uint64_t kTopBit = uint64_t(1) << 63;

inline uint64_t read_big_endian(const uint8_t* bytes) {
  uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

inline HugeInt uuid_from_bytes(const uint8_t* bytes) {
  return {read_big_endian(bytes + 8), static_cast<int64_t>(read_big_endian(bytes) ^ kTopBit)};
}

inline void uuid_to_bytes(HugeInt value, uint8_t* bytes) {
  const uint64_t upper = __builtin_bswap64(static_cast<uint64_t>(value.upper) ^ kTopBit);
  const uint64_t lower = __builtin_bswap64(value.lower);
  std::memcpy(bytes, &upper, sizeof upper);
  std::memcpy(bytes + 8, &lower, sizeof lower);
}

}  // namespace sql
