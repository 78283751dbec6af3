/// What a source lists: streams and splits. Everything is copied into the lists.
#pragma once

#include <headrace/cxx/arrow.hpp>
#include <headrace/ext/source.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

struct Stream {
  std::string name;
  std::vector<Field> columns;
  std::vector<std::string> key = {};      // columns that identify a row, in order
  int64_t estimated_rows = -1;            // -1 if not known
  int64_t estimated_bytes = -1;           // -1 if not known
  std::vector<std::string> cursors = {};  // columns that can serve an incremental read
  std::vector<std::string> notes = {};    // what the user should know before a run
  uint32_t flags = 0;                     // HEADRACE_STREAM_...
};

struct Split {
  std::string stream;
  std::string id;
  std::string identity;  // of the data behind it
  std::string token = {};
  int64_t estimated_rows = -1;   // -1 if not known
  int64_t estimated_bytes = -1;  // -1 if not known
};

/// Whether `pattern` means `name`: `*` stands for any text, also for none.
inline bool matches(std::string_view pattern, std::string_view name) {
  std::size_t at = 0, in = 0, star = std::string_view::npos, resume = 0;
  while (in < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = in;
    } else if (at < pattern.size() && pattern[at] == name[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {  // the last star takes one more character
      at = star + 1;
      in = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

namespace detail {

/// Owns what a `headrace_stream_list` points into. Deques keep their elements in place.
struct StreamList {
  std::vector<Stream> streams;
  std::deque<std::vector<headrace_string>> names;
  std::deque<headrace_stream> items;
  std::vector<headrace_stream*> pointers;

  ~StreamList() {
    for (headrace_stream& item : items) {
      if (item.schema.release != nullptr) item.schema.release(&item.schema);
    }
  }

  const headrace_string* borrow_all(const std::vector<std::string>& texts) {
    names.emplace_back();
    for (const std::string& text : texts) names.back().push_back(borrow(text));
    return names.back().data();
  }

  void add(const Stream& stream) {
    headrace_stream& item = items.emplace_back();
    item.struct_size = sizeof item;
    item.flags = stream.flags;
    item.name = borrow(stream.name);
    item.key = borrow_all(stream.key);
    item.n_key = stream.key.size();
    item.cursors = borrow_all(stream.cursors);
    item.n_cursors = stream.cursors.size();
    item.estimated_rows = stream.estimated_rows;
    item.estimated_bytes = stream.estimated_bytes;
    item.notes = borrow_all(stream.notes);
    item.n_notes = stream.notes.size();
    export_schema(Field{"", "+s", false, {}, stream.columns}, &item.schema);
    pointers.push_back(&item);
  }

  static void release(headrace_stream_list* list) {
    delete static_cast<StreamList*>(list->private_data);
    list->private_data = nullptr;
    list->release = nullptr;
  }
};

/// Owns what a `headrace_split_list` points into.
struct SplitList {
  std::vector<Split> splits;
  std::deque<headrace_split> items;
  std::vector<headrace_split*> pointers;

  void add(const Split& split) {
    items.push_back({sizeof(headrace_split), 0, borrow(split.id), borrow(split.identity), borrow_bytes(split.token),
                     split.estimated_rows, split.estimated_bytes});
    pointers.push_back(&items.back());
  }

  static void release(headrace_split_list* list) {
    delete static_cast<SplitList*>(list->private_data);
    list->private_data = nullptr;
    list->release = nullptr;
  }
};

inline Error changed(std::string_view split) {
  return Error(HEADRACE_CONFLICT, "the data of split '" + std::string(split) + "' has changed since it was read");
}

}  // namespace detail

/// The whole of `discover` for a source that knows its streams: lists those that match the patterns, in this order.
/// Throws NOT_FOUND if a pattern without `*` matches none.
inline void list_streams(std::vector<Stream> streams, const headrace_string* patterns, uint64_t count,
                         headrace_stream_list* out) {
  auto owner = std::make_unique<detail::StreamList>();
  owner->streams = std::move(streams);
  std::vector<bool> is_wanted(owner->streams.size(), count == 0);
  for (uint64_t p = 0; p < count; ++p) {
    const std::string_view pattern = view(patterns[p]);
    bool is_found = pattern.find('*') != std::string_view::npos;
    for (std::size_t i = 0; i < is_wanted.size(); ++i) {
      if (!matches(pattern, owner->streams[i].name)) continue;
      is_wanted[i] = true;
      is_found = true;
    }
    if (!is_found) throw Error(HEADRACE_NOT_FOUND, "there is no stream '" + printable(pattern) + "'");
  }
  for (std::size_t i = 0; i < is_wanted.size(); ++i) {
    if (is_wanted[i]) owner->add(owner->streams[i]);
  }
  headrace_stream_list list{};
  list.items = owner->pointers.data();
  list.n_items = owner->pointers.size();
  list.release = detail::StreamList::release;
  list.private_data = owner.release();
  fill(out, list);
}

/// The whole of `splits` for a source that knows all splits of its streams: lists, in this order, those of the stream
/// that were not read to their end. Throws NOT_FOUND if the stream has none, CONFLICT if one has another identity
/// now.
inline void list_splits(std::vector<Split> splits, const headrace_split_request& request, headrace_split_list* out) {
  auto owner = std::make_unique<detail::SplitList>();
  owner->splits = std::move(splits);
  bool is_stream = false;
  for (const Split& split : owner->splits) {
    if (split.stream != view(request.stream)) continue;
    is_stream = true;
    bool is_complete = false;
    for (uint64_t i = 0; i < request.n_known; ++i) {
      const headrace_split_position position = known(request.known[i]);
      if (view(position.split) != split.id) continue;
      if (position.identity.length > 0 && view(position.identity) != split.identity) throw detail::changed(split.id);
      is_complete = is_complete || position.is_complete != 0;
    }
    if (!is_complete) owner->add(split);
  }
  if (!is_stream) throw Error(HEADRACE_NOT_FOUND, "there is no stream '" + printable(view(request.stream)) + "'");
  headrace_split_list list{};
  list.items = owner->pointers.data();
  list.n_items = owner->pointers.size();
  list.release = detail::SplitList::release;
  list.private_data = owner.release();
  fill(out, list);
}

/// The split that is opened, of those that there are. Throws NOT_FOUND if it is none of them, CONFLICT if it was of
/// other data.
inline Split find_split(const std::vector<Split>& splits, const headrace_open_request& request) {
  for (const Split& split : splits) {
    if (split.stream != view(request.stream) || split.id != view(request.split)) continue;
    if (request.identity.length > 0 && view(request.identity) != split.identity) throw detail::changed(split.id);
    return split;
  }
  throw Error(HEADRACE_NOT_FOUND, "there is no split '" + printable(view(request.split)) + "' of a stream '" +
                                      printable(view(request.stream)) + "'");
}

/// Reads a position that is the number of the next row as decimal text; the start is 0. Throws INVALID_CONFIG if it
/// is no such number, CONFLICT if the split has only `rows` rows by now.
inline int64_t row_position(const headrace_open_request& request, int64_t rows) {
  int64_t row = 0;
  for (const char digit : view(request.position)) {
    const bool is_digit = digit >= '0' && digit <= '9';
    if (!is_digit || row > (INT64_MAX - (digit - '0')) / 10)
      throw Error(HEADRACE_INVALID_CONFIG, "the position is not one of this plugin's");
    row = row * 10 + (digit - '0');
  }
  if (row > rows)
    throw Error(HEADRACE_CONFLICT, std::to_string(row) + " rows of '" + printable(view(request.stream)) +
                                       "' were read, and there are only " + std::to_string(rows) + " now");
  return row;
}

}  // namespace headrace
