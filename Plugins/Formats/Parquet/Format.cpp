#include "Format.hpp"

namespace parquet_format {

Format::Format(const headrace::Host&, std::string_view config) : config_(Config::parse(config)) {
  if (config_.threads > 1) threads_ = value_of(arrow::internal::ThreadPool::Make(config_.threads));
}

Writer* Format::open(const ArrowSchema& schema, const headrace_output& output) {
  auto writer = std::make_unique<Writer>(config_, schema, output, threads_.get());
  writers_.insert(writer.get());
  return writer.release();
}

void Format::write(Writer* writer, const ArrowArray& batch, const int32_t* rows, uint64_t n_rows,
                   int64_t* file_bytes) {
  writer->write(batch, rows, n_rows);
  keep_memory_bounded();
  *file_bytes = writer->estimated_file_bytes();
}

/// Many open partitions would hold a row group each: the one that gains most is written early.
void Format::keep_memory_bounded() {
  int64_t total = 0;
  Writer* largest = nullptr;
  for (Writer* writer : writers_) {
    total += writer->buffered_bytes();
    if (largest == nullptr || writer->buffered_bytes() > largest->buffered_bytes()) largest = writer;
  }
  if (total > config_.memory_bytes) largest->flush();
}

void Format::finish(Writer* writer, headrace_file_summary* out) {
  writers_.erase(writer);
  const std::unique_ptr<Writer> owned(writer);
  owned->finish(out);
}

void Format::abort(Writer* writer) {
  writers_.erase(writer);
  delete writer;
}

namespace {

using Exports = headrace::Exports<Format>;

Writer* object(headrace_writer* writer) { return reinterpret_cast<Writer*>(writer); }

headrace_status open(headrace_instance* instance, const headrace_call* call, const ArrowSchema* schema,
                     const headrace_output* output, headrace_writer** writer, headrace_error* error) {
  return Exports::guard(instance, error, [&](Format& format) {
    headrace::Call(call).throw_if_ended();
    *writer = reinterpret_cast<headrace_writer*>(format.open(*schema, headrace::known(output)));
  });
}

headrace_status write(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                      const ArrowArray* batch, const int32_t* rows, uint64_t n_rows, int64_t* file_bytes,
                      headrace_error* error) {
  return Exports::guard(instance, error, [&](Format& format) {
    headrace::Call(call).throw_if_ended();
    format.write(object(writer), *batch, rows, n_rows, file_bytes);
  });
}

/// Frees the writer even where the call never reaches the instance.
headrace_status finish(headrace_instance* instance, const headrace_call*, headrace_writer* writer,
                       headrace_file_summary* out, headrace_error* error) {
  const bool is_poisoned = Exports::object(instance).is_poisoned();
  if (is_poisoned) Exports::object(instance).abort(object(writer));
  return Exports::guard(instance, error, [&](Format& format) { format.finish(object(writer), out); });
}

void abort(headrace_instance* instance, headrace_writer* writer) {
  headrace::barrier(nullptr, [&] { Exports::object(instance).abort(object(writer)); });
}

headrace_factory factory() { return Exports::factory(Config::schema()); }
const headrace_factory kFactory = factory();

}  // namespace

const headrace_format kFormat{sizeof(headrace_format), 0, &kFactory, headrace::borrow("parquet"),
                              headrace::borrow("PARQUET"), open, write, finish, abort};

}  // namespace parquet_format
