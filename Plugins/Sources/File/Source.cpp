#include "Source.hpp"

#include "Encoding.hpp"

#include <algorithm>
#include <charconv>

namespace headrace::file {

namespace {

constexpr std::uint64_t default_split_bytes = std::uint64_t{64} << 20;
constexpr std::uint64_t least_split_bytes = std::uint64_t{64} << 10;

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return matches(pattern.substr(1), name) || (!name.empty() && matches(pattern, name.substr(1)));
  }
  return !name.empty() && pattern[0] == name[0] && matches(pattern.substr(1), name.substr(1));
}

/// A split's id is `<path>#<start>-<end>`; a path that is too long for it is cut, and told from others by its hash.
std::string id_of(const std::string& path, std::uint64_t start, std::uint64_t end) {
  constexpr std::size_t longest = 440;
  std::string name = path;
  if (path.size() > longest) {
    std::size_t cut = path.size() - longest + 20;
    while (cut < path.size() && (static_cast<unsigned char>(path[cut]) & 0xc0) == 0x80) ++cut;
    char digits[24];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash(path)));
    name = std::string("~") + digits + "~" + path.substr(cut);
  }
  return name + "#" + std::to_string(start) + "-" + std::to_string(end);
}

bool parse_range(std::string_view text, std::uint64_t& start, std::uint64_t& end) {
  const char* last = text.data() + text.size();
  auto first = std::from_chars(text.data(), last, start);
  if (first.ec != std::errc() || first.ptr == last || *first.ptr != '-') return false;
  auto second = std::from_chars(first.ptr + 1, last, end);
  return second.ec == std::errc() && second.ptr == last && start <= end;
}

[[noreturn]] void changed(const std::string& path) {
  throw Error(HEADRACE_CONFLICT,
              "'" + path +
                  "' has changed since it was read; read everything again with --full-refresh, forget what was read "
                  "with `state reset`, or put the old file back and the new rows into a new file");
}

/// Owns what a `headrace_stream_list` points into.
struct StreamList {
  std::string name;
  std::vector<std::string> notes;
  std::vector<headrace_string> note_views;
  headrace_stream stream = {};
  headrace_stream* pointer = nullptr;

  static void release(headrace_stream_list* list) {
    auto* owner = static_cast<StreamList*>(list->private_data);
    if (owner->stream.schema.release != nullptr) owner->stream.schema.release(&owner->stream.schema);
    delete owner;
    list->release = nullptr;
  }
};

}  // namespace

std::vector<FoundFile> Source::find_files(const Call& call) const {
  std::vector<FoundFile> out;
  for (const std::string& path : expand(config_.paths, config_.base_directory)) {
    call.throw_if_ended();
    if (!is_utf8(path)) throw Error(HEADRACE_UNSUPPORTED, "a file's name is not UTF-8; rename it");
    auto file = open_found(config_, path);
    FoundFile found{path, file->identity(), file->size(), config_.format ? *config_.format : format_of(path),
                    Compression::none};
    if (config_.detects_compression) found.compression = detect_compression(*file);
    if (config_.is_gzip) found.compression = Compression::gzip;
    out.push_back(std::move(found));
  }
  return out;
}

const Inferred& Source::infer_once(const std::vector<FoundFile>& files, const Call& call) {
  auto is_same = [](const FoundFile& left, const FoundFile& right) {
    return left.path == right.path && left.identity == right.identity;
  };
  const std::vector<FoundFile>& before = inferred_from_;
  if (before.empty() || !std::equal(files.begin(), files.end(), before.begin(), before.end(), is_same)) {
    inferred_ = infer(config_, files, call);
    inferred_from_ = files;
  }
  return inferred_;
}

void Source::discover(const Call& call, const headrace_string* patterns, std::uint64_t count,
                      headrace_stream_list* out) {
  bool is_wanted = count == 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view pattern = view(patterns[i]);
    bool is_match = matches(pattern, config_.stream);
    is_wanted = is_wanted || is_match;
    if (!is_match && pattern.find('*') == std::string_view::npos) {
      require_stream(patterns[i]);
    }
  }
  headrace_stream_list list{};
  auto owner = std::make_unique<StreamList>();
  if (is_wanted) {
    std::vector<FoundFile> files = find_files(call);
    const Inferred& inferred = infer_once(files, call);
    std::uint64_t bytes = 0;
    bool is_packed = false;
    for (const FoundFile& file : files) {
      bytes += file.size;
      is_packed = is_packed || file.compression != Compression::none;
    }
    owner->name = config_.stream;
    owner->notes = inferred.notes;
    for (const std::string& note : owner->notes) owner->note_views.push_back(borrow(note));
    headrace_stream& stream = owner->stream;
    stream.struct_size = sizeof stream;
    stream.flags = HEADRACE_STREAM_FILES;
    stream.name = borrow(owner->name);
    stream.estimated_bytes = static_cast<std::int64_t>(bytes);
    stream.estimated_rows = -1;
    if (!is_packed && inferred.bytes > 0) {
      double share = static_cast<double>(bytes) / static_cast<double>(inferred.bytes);
      stream.estimated_rows = static_cast<std::int64_t>(share * static_cast<double>(inferred.rows));
    }
    stream.notes = owner->note_views.data();
    stream.n_notes = owner->note_views.size();
    export_schema(inferred.schema, &stream.schema);
    owner->pointer = &stream;
    list.items = &owner->pointer;
    list.n_items = 1;
  }
  list.release = StreamList::release;
  list.private_data = owner.release();
  fill(out, list);
}

void Source::require_stream(headrace_string name) const {
  if (view(name) == config_.stream) return;
  throw Error(HEADRACE_NOT_FOUND,
              "there is no stream '" + copy(name) + "'; the files are the stream '" + config_.stream + "'");
}

/// Quoted line breaks cannot be told from others in the middle of a file, and packed data has no middle.
bool Source::is_divisible(const FoundFile& file) const {
  return file.compression == Compression::none && (file.format == Format::jsonl || !config_.csv.multiline);
}

std::vector<Source::Known> Source::known_pieces(const FoundFile& file, const headrace_split_request& request) const {
  std::vector<Known> out;
  std::string prefix = id_of(file.path, 0, 0);
  prefix.resize(prefix.rfind('#') + 1);
  for (std::uint64_t i = 0; i < request.n_known; ++i) {
    auto known = headrace::known(request.known[i]);
    std::string_view id = view(known.split);
    Known piece{0, 0, known.is_complete != 0};
    if (!id.starts_with(prefix)) continue;
    if (!parse_range(id.substr(prefix.size()), piece.start, piece.end)) continue;
    if (view(known.identity) != file.identity || piece.end > file.size) changed(file.path);
    out.push_back(piece);
  }
  std::sort(out.begin(), out.end(), [](const Known& left, const Known& right) { return left.start < right.start; });
  return out;
}

/// The pieces that were begun keep their boundaries, even if the wanted size is another one by now; what lies between
/// them is cut as wanted.
void Source::add_splits(const FoundFile& file, const headrace_split_request& request, std::vector<Split>& out) const {
  std::uint64_t wanted = request.split_bytes == 0 ? default_split_bytes : request.split_bytes;
  wanted = is_divisible(file) ? std::max(wanted, least_split_bytes) : std::max<std::uint64_t>(file.size, 1);
  auto add = [&](std::uint64_t start, std::uint64_t end) {
    std::string token = encode(Piece{file.path, start, end, inferred_.schema});
    out.push_back(Split{id_of(file.path, start, end), file.identity, std::move(token), end - start});
  };
  std::uint64_t at = 0;
  auto fill_up_to = [&](std::uint64_t end) {
    while (at < end) {
      // A rest that is less than half a piece joins the piece before it.
      std::uint64_t size = end - at <= wanted + wanted / 2 ? end - at : wanted;
      add(at, at + size);
      at += size;
    }
  };
  for (const Known& known : known_pieces(file, request)) {
    if (known.start < at) changed(file.path);
    fill_up_to(known.start);
    if (!known.is_complete) add(known.start, known.end);
    at = known.end;
  }
  fill_up_to(file.size);
}

namespace {

/// Owns what a `headrace_split_list` points into.
template <class Split>
struct SplitList {
  std::vector<Split> splits;
  std::deque<headrace_split> items;
  std::vector<headrace_split*> pointers;

  static void release(headrace_split_list* list) {
    delete static_cast<SplitList*>(list->private_data);
    list->release = nullptr;
  }
};

}  // namespace

void Source::splits(const Call& call, const headrace_split_request& request, headrace_split_list* out) {
  require_stream(request.stream);
  if (request.read == HEADRACE_READ_INCREMENTAL) {
    throw Error(HEADRACE_UNSUPPORTED, "files have no cursor to be read by; use `read: new_files` or `read: full`");
  }
  std::vector<FoundFile> files = find_files(call);
  infer_once(files, call);
  auto owner = std::make_unique<SplitList<Split>>();
  for (const FoundFile& file : files) add_splits(file, request, owner->splits);
  for (const Split& split : owner->splits) {
    headrace_split item{};
    item.struct_size = sizeof item;
    item.id = borrow(split.id);
    item.identity = borrow(split.identity);
    item.token = borrow_bytes(split.token);
    item.estimated_bytes = static_cast<std::int64_t>(split.bytes);
    item.estimated_rows = -1;
    owner->items.push_back(item);
    owner->pointers.push_back(&owner->items.back());
  }
  headrace_split_list list{};
  list.items = owner->pointers.data();
  list.n_items = owner->pointers.size();
  list.release = SplitList<Split>::release;
  list.private_data = owner.release();
  fill(out, list);
}

void Source::open(const Call& call, const headrace_open_request& request, ArrowSchema* schema) {
  require_stream(request.stream);
  if (reader_) throw Error(HEADRACE_UNSUPPORTED, "a reader is open in this instance already");
  Piece piece = decode_piece(view(request.token));
  auto file = open_found(config_, piece.path);
  if (request.identity.length > 0 && view(request.identity) != file->identity()) changed(piece.path);
  Format format = config_.format ? *config_.format : format_of(piece.path);
  Compression compression = config_.is_gzip ? Compression::gzip : Compression::none;
  if (config_.detects_compression) compression = detect_compression(*file);
  auto opened = make_reader(config_, piece, std::move(file), format, compression);
  opened->start(view(request.position), request.ordinal, {request.batch_bytes, request.batch_rows}, call);
  export_schema(piece.schema, schema);
  reader_ = std::move(opened);
}

headrace_status Source::read(const Call& call, headrace_batch* out) {
  if (!reader_) throw Error(HEADRACE_UNSUPPORTED, "no reader is open in this instance");
  return reader_->read(call, out);
}

void Source::close() noexcept {
  if (!reader_) return;
  if (reader_->unknown_count() > 0) host_.count("ignored_values", reader_->unknown_count());
  reader_.reset();
}

}  // namespace headrace::file
