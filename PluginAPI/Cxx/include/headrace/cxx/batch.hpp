/// Fills `headrace_batch` and `headrace_buffer`.
#pragma once

#include <headrace/cxx/arrow.hpp>
#include <headrace/data.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

/// The most of a rejected record that is kept.
constexpr std::size_t kRecordLimit = 64 * 1024;

/// Collects what a source reads or a transform makes, and hands all of it over at once.
class BatchBuilder {
 public:
  /// `record` is the row as it came; what is longer than 64 KiB is cut and flagged.
  void reject(std::string reason, int64_t row, std::string place = {}, std::string_view record = {},
              headrace_status status = HEADRACE_BAD_RECORD) {
    if (record.size() > kRecordLimit) flags_ |= HEADRACE_BATCH_RECORD_CUT;
    texts_.push_back({std::move(place), std::move(reason), std::string(record.substr(0, kRecordLimit))});
    headrace_reject item{};
    item.struct_size = sizeof item;
    item.status = status;
    item.row = row;
    rejects_.push_back(item);
  }

  /// Sources only.
  void position(std::string bytes, uint64_t ordinal, int64_t source_bytes) {
    position_ = std::move(bytes);
    ordinal_ = ordinal;
    source_bytes_ = source_bytes;
  }

  std::size_t reject_count() const { return rejects_.size(); }
  const std::string& reject_reason(std::size_t index) const { return texts_[index].reason; }

  /// Fills `out`; `array` moves into it. The builder is empty afterwards.
  void finish(Array&& array, headrace_batch* out) {
    auto content = std::make_unique<Content>();
    content->texts = std::move(texts_);
    content->rejects = std::move(rejects_);
    content->position = std::move(position_);
    for (std::size_t i = 0; i < content->rejects.size(); ++i) {
      auto& item = content->rejects[i];
      item.place = borrow(content->texts[i].place);
      item.reason = borrow(content->texts[i].reason);
      item.record = borrow_bytes(content->texts[i].record);
      content->pointers.push_back(&item);
    }
    headrace_batch batch{};
    batch.flags = std::exchange(flags_, 0);
    batch.rejects = content->pointers.data();
    batch.n_rejects = content->pointers.size();
    batch.ordinal = std::exchange(ordinal_, 0);
    batch.position = borrow_bytes(content->position);
    batch.source_bytes = std::exchange(source_bytes_, 0);
    batch.release = release;
    batch.private_data = content.release();
    array.move_to(&batch.array);
    fill(out, batch);
    texts_.clear();
    rejects_.clear();
    position_.clear();
  }

 private:
  struct Texts {
    std::string place, reason, record;
  };
  /// On the heap of the batch; a deque keeps its elements in place.
  struct Content {
    std::deque<Texts> texts;
    std::deque<headrace_reject> rejects;
    std::vector<const headrace_reject*> pointers;
    std::string position;
  };

  static void release(headrace_batch* batch) {
    delete static_cast<Content*>(batch->private_data);
    batch->private_data = nullptr;
    batch->release = nullptr;
  }

  uint32_t flags_ = 0;
  std::deque<Texts> texts_;
  std::deque<headrace_reject> rejects_;
  std::string position_;
  uint64_t ordinal_ = 0;
  int64_t source_bytes_ = 0;
};

namespace detail {

inline void release_buffer(headrace_buffer* buffer) {
  delete static_cast<std::string*>(buffer->private_data);
  buffer->private_data = nullptr;
  buffer->release = nullptr;
}

}  // namespace detail

/// Fills `out` with bytes that it owns.
inline void fill_buffer(headrace_buffer* out, std::string bytes) {
  auto owned = std::make_unique<std::string>(std::move(bytes));
  headrace_buffer buffer{};
  buffer.bytes = borrow_bytes(*owned);
  buffer.release = detail::release_buffer;
  buffer.private_data = owned.release();
  fill(out, buffer);
}

}  // namespace headrace
