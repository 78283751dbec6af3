/* A plugin of every kind that does what its configuration says: the tests' bad neighbour. See README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

static headrace_status create(const headrace_call* call, const headrace_host* host, headrace_string config,
                              headrace_instance** out, headrace_error* error) {
  headrace_instance* instance = calloc(1, sizeof *instance);
  if (!instance) return HEADRACE_FATAL;
  instance->host = host;
  instance->config = malloc(config.length + 1);
  memcpy(instance->config, config.data, config.length);
  instance->config[config.length] = 0;
  struct step step = next_step(instance, "create");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK || step_has(&step, "nothing")) {
    free(instance->config);
    free(instance);
    return status;
  }
  count(CREATED);
  *out = instance;
  return HEADRACE_OK;
}

static void destroy(headrace_instance* instance) {
  count(DESTROYED);
  free(instance->config);
  free(instance);
}

static void cancel(headrace_instance* instance) {
  count(CANCELS);
  __atomic_store_n(&instance->cancelled, true, __ATOMIC_RELEASE);
}

static void release_list(void* items) {
  count(LISTS_RELEASED);
  free(items);
}

/* Source: one stream `numbers` of `n_splits` splits, of `rows` rows each, in batches of `batch_rows`. */

static void release_streams(headrace_stream_list* list) {
  for (uint64_t index = 0; index < list->n_items; index++) {
    struct ArrowSchema* schema = &list->items[index]->schema;
    if (schema->release) schema->release(schema);
  }
  release_list(list->private_data);
  list->release = NULL;
}

static headrace_status discover(headrace_instance* instance, const headrace_call* call,
                                const headrace_string* patterns, uint64_t n_patterns, headrace_stream_list* out,
                                headrace_error* error) {
  (void)patterns, (void)n_patterns;
  struct step step = next_step(instance, "discover");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  static const headrace_string key = {"id", 2};
  struct block block = make_block(1, sizeof(headrace_stream));
  headrace_stream* stream = block.items[0];
  stream->struct_size = (uint32_t)step_number(&step, "struct_size", sizeof *stream);
  stream->name = text_of("numbers");
  stream->key = &key;
  stream->n_key = 1;
  stream->estimated_rows = config_number(instance, "rows", 10);
  stream->estimated_bytes = -1;
  make_schema(&stream->schema);
  out->items = (headrace_stream* const*)block.items;
  out->n_items = 1;
  out->private_data = block.items;
  out->release = release_streams;
  count(LISTS);
  return HEADRACE_OK;
}

static void release_splits(headrace_split_list* list) {
  release_list(list->private_data);
  list->release = NULL;
}

static headrace_status make_splits(headrace_instance* instance, const headrace_call* call,
                                   const headrace_split_request* request, headrace_split_list* out,
                                   headrace_error* error) {
  struct step step = next_step(instance, "splits");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  static const char* const ids[] = {"0", "1", "2", "3", "4", "5", "6", "7"};
  int64_t wanted = config_number(instance, "n_splits", 1);
  struct block block = make_block(wanted, sizeof(headrace_split));
  int64_t made = 0;
  for (int64_t index = 0; index < wanted && index < 8; index++) {
    bool is_complete = false;
    for (uint64_t known = 0; known < request->n_known; known++) {
      const headrace_split_position* position = request->known[known];
      is_complete |= position->is_complete && position->split.length == 1 && position->split.data[0] == ids[index][0];
    }
    if (is_complete) continue;
    headrace_split* split = block.items[made++];
    split->struct_size = (uint32_t)step_number(&step, "struct_size", sizeof *split);
    split->id = text_of(step_has(&step, "same_ids") ? "0" : ids[index]);
    split->identity = text_of("script");
    split->estimated_rows = config_number(instance, "rows", 10);
    split->estimated_bytes = -1;
  }
  out->items = (headrace_split* const*)block.items;
  out->n_items = (uint64_t)made;
  out->private_data = block.items;
  out->release = release_splits;
  count(LISTS);
  return HEADRACE_OK;
}

struct headrace_reader {
  int64_t next;
  int64_t end;
  int64_t batch_rows;
  uint64_t ordinal;
  int64_t position;
};

static headrace_status open_split(headrace_instance* instance, const headrace_call* call,
                                  const headrace_open_request* request, struct ArrowSchema* schema,
                                  headrace_reader** reader, headrace_error* error) {
  struct step step = next_step(instance, "open");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  int64_t rows = config_number(instance, "rows", 10);
  int64_t split = request->split.length > 0 ? request->split.data[0] - '0' : 0;
  headrace_reader* opened = calloc(1, sizeof *opened);
  opened->next = split * rows;
  if (request->position.length == sizeof opened->next)
    memcpy(&opened->next, request->position.data, sizeof opened->next);
  opened->end = (split + 1) * rows;
  opened->batch_rows = config_number(instance, "batch_rows", (int64_t)request->batch_rows);
  opened->ordinal = request->ordinal;
  if (!step_has(&step, "no_schema")) make_schema(schema);
  if (step_has(&step, "renamed")) schema->children[1]->name = "renamed";
  if (step_has(&step, "twice")) schema->children[1]->name = "id";
  count(READERS);
  *reader = opened;
  return HEADRACE_OK;
}

static headrace_status read_batch(headrace_instance* instance, const headrace_call* call, headrace_reader* reader,
                                  headrace_batch* out, headrace_error* error) {
  struct step step = next_step(instance, "read");
  step.row = reader->next;
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  if (reader->next >= reader->end) return HEADRACE_END_OF_STREAM;
  int64_t left = reader->end - reader->next;
  int64_t rows = step_number(&step, "rows", reader->batch_rows < left ? reader->batch_rows : left);
  const char* how = step_text(&step, "malform");
  char wrong[64] = "";
  if (how) snprintf(wrong, sizeof wrong, "%s", how);
  make_rows(reader->next, rows, &out->array);
  add_rejects(out, step_number(&step, "rejects", 0), false, wrong);
  malform(&out->array, wrong);
  reader->next += rows;
  reader->position = reader->next;
  reader->ordinal += 1;
  out->ordinal = (uint64_t)step_number(&step, "ordinal", (int64_t)reader->ordinal);
  out->position.data = (const uint8_t*)&reader->position;
  out->position.length = (uint64_t)step_number(&step, "position_bytes", sizeof reader->position);
  out->source_bytes = rows * 8;
  return HEADRACE_OK;
}

/* A line of the file `ack_file` for each position that became durable: who kills the process finds it there. */
static void note_ack(const headrace_instance* instance, const headrace_split_position* position) {
  char path[512];
  if (!config_text(instance, "ack_file", path, sizeof path)) return;
  int64_t row = -1;
  if (position->position.length == sizeof row) memcpy(&row, position->position.data, sizeof row);
  FILE* file = fopen(path, "a");
  if (!file) return;
  fprintf(file, "%.*s %llu %lld %s\n", (int)position->split.length, position->split.data,
          (unsigned long long)position->ordinal, (long long)row, position->is_complete ? "complete" : "begun");
  fclose(file);
}

static headrace_status acknowledge(headrace_instance* instance, const headrace_call* call,
                                   const headrace_split_position* position, headrace_error* error) {
  struct step step = next_step(instance, "ack");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  count(ACKS);
  note_ack(instance, position);
  return HEADRACE_OK;
}

static void close_reader(headrace_instance* instance, headrace_reader* reader) {
  (void)instance;
  count(READERS_CLOSED);
  free(reader);
}

/* Transform: hands its input on; rejected rows are the first ones. */

static headrace_status bind_transform(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                                      const struct ArrowSchema* input, struct ArrowSchema* output,
                                      headrace_error* error) {
  (void)stream;
  struct step step = next_step(instance, "bind");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  if (step_has(&step, "mirror"))
    copy_schema(input, output);
  else
    make_schema(output);
  return HEADRACE_OK;
}

static headrace_status apply(headrace_instance* instance, const headrace_call* call, struct ArrowArray* input,
                             headrace_batch* out, headrace_error* error) {
  struct step step = next_step(instance, "apply");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK && step_has(&step, "take")) {
    input->release(input);
    input->release = NULL;
  }
  if (status != HEADRACE_OK) return status;
  const char* how = step_text(&step, "malform");
  char wrong[64] = "";
  if (how) snprintf(wrong, sizeof wrong, "%s", how);
  int64_t rejects = step_number(&step, "rejects", 0);
  if (step_has(&step, "copy")) {
    make_rows(0, input->length, &out->array);
  } else {
    out->array = *input;
    input->release = NULL;
  }
  if (rejects > out->array.length) rejects = out->array.length;
  out->array.offset += rejects;
  out->array.length -= rejects;
  add_rejects(out, rejects, true, wrong);
  return HEADRACE_OK;
}

/* Detector: reports as many findings as the step says; learns how many batches went by. */

static headrace_status bind_detector(headrace_instance* instance, const headrace_call* call, headrace_string stream,
                                     const struct ArrowSchema* schema, headrace_error* error) {
  (void)stream, (void)schema;
  struct step step = next_step(instance, "bind");
  return play(instance, call, &step, error);
}

static void release_findings(headrace_finding_list* list) {
  release_list(list->private_data);
  list->release = NULL;
}

static void add_findings(const struct step* step, headrace_finding_list* out) {
  int64_t wanted = step_number(step, "findings", 0);
  struct block block = make_block(wanted, sizeof(headrace_finding));
  for (int64_t index = 0; index < wanted; index++) {
    headrace_finding* finding = block.items[index];
    finding->struct_size = (uint32_t)step_number(step, "struct_size", sizeof *finding);
    finding->severity = HEADRACE_SEVERITY_WARNING;
    finding->rule = text_of("script");
    finding->column = text_of("id");
    finding->message = text_of("the script finds it unusual");
    finding->row = step_number(step, "row", -1);
    finding->score = 2;
    finding->observed = 9;
    finding->expected = 1;
  }
  out->items = (const headrace_finding* const*)block.items;
  out->n_items = (uint64_t)wanted;
  out->private_data = block.items;
  out->release = release_findings;
  count(LISTS);
}

static headrace_status inspect(headrace_instance* instance, const headrace_call* call,
                               const struct ArrowArray* batch, headrace_finding_list* out, headrace_error* error) {
  (void)batch;
  struct step step = next_step(instance, "inspect");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  instance->batches += 1;
  add_findings(&step, out);
  return HEADRACE_OK;
}

static headrace_status finish_run(headrace_instance* instance, const headrace_call* call,
                                  const headrace_run_summary* summary, headrace_finding_list* out,
                                  headrace_error* error) {
  (void)summary;
  struct step step = next_step(instance, "finish");
  headrace_status status = play(instance, call, &step, error);
  if (status == HEADRACE_OK) add_findings(&step, out);
  return status;
}

static void release_buffer(headrace_buffer* buffer) {
  release_list(buffer->private_data);
  buffer->release = NULL;
}

static headrace_status save(headrace_instance* instance, const headrace_call* call, headrace_buffer* out,
                            headrace_error* error) {
  struct step step = next_step(instance, "save");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  int64_t* state = malloc(sizeof *state);
  *state = instance->batches;
  out->bytes.data = (const uint8_t*)state;
  out->bytes.length = step_has(&step, "nothing") ? UINT64_MAX : sizeof *state;
  out->private_data = state;
  out->release = release_buffer;
  count(LISTS);
  return HEADRACE_OK;
}

static headrace_status restore(headrace_instance* instance, const headrace_call* call, headrace_bytes state,
                               headrace_error* error) {
  struct step step = next_step(instance, "restore");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  if (state.length == sizeof instance->batches) memcpy(&instance->batches, state.data, sizeof instance->batches);
  return HEADRACE_OK;
}

/* Format: a line with the number of rows for each write. */

struct headrace_writer {
  const headrace_output* output;
  int64_t rows;
  int64_t bytes;
};

static headrace_status open_writer(headrace_instance* instance, const headrace_call* call,
                                   const struct ArrowSchema* schema, const headrace_output* output,
                                   headrace_writer** writer, headrace_error* error) {
  (void)schema;
  struct step step = next_step(instance, "open_writer");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  if (step_has(&step, "nothing")) return HEADRACE_OK;
  *writer = calloc(1, sizeof **writer);
  (*writer)->output = output;
  count(WRITERS);
  return HEADRACE_OK;
}

static headrace_status write_rows(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                                  const struct ArrowArray* batch, const int32_t* rows, uint64_t n_rows,
                                  int64_t* file_bytes, headrace_error* error) {
  struct step step = next_step(instance, "write");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  char line[32];
  int64_t written = rows ? (int64_t)n_rows : batch->length;
  headrace_bytes bytes = {(const uint8_t*)line, 0};
  bytes.length = (uint64_t)snprintf(line, sizeof line, "%lld\n", (long long)written);
  if (step_has(&step, "nowhere")) bytes.data = NULL;
  status = writer->output->write(writer->output->ctx, bytes, error);
  if (status != HEADRACE_OK && !step_has(&step, "swallow")) return status;
  writer->rows += written;
  writer->bytes += (int64_t)bytes.length;
  *file_bytes = writer->bytes;
  return HEADRACE_OK;
}

static void release_summary(headrace_file_summary* summary) {
  release_list(summary->private_data);
  summary->release = NULL;
}

static headrace_status finish_writer(headrace_instance* instance, const headrace_call* call, headrace_writer* writer,
                                     headrace_file_summary* out, headrace_error* error) {
  struct step step = next_step(instance, "finish_writer");
  headrace_status status = play(instance, call, &step, error);
  if (status == HEADRACE_OK) {
    struct block block = make_block(1, sizeof(headrace_column_summary));
    headrace_column_summary* column = block.items[0];
    column->struct_size = (uint32_t)step_number(&step, "struct_size", sizeof *column);
    column->field_id = 1;
    column->value_count = writer->rows;
    column->nan_count = -1;
    out->record_count = writer->rows;
    out->file_bytes = step_number(&step, "file_bytes", writer->bytes);
    out->columns = (const headrace_column_summary* const*)block.items;
    out->n_columns = 1;
    out->private_data = block.items;
    out->release = release_summary;
    count(LISTS);
  }
  count(WRITERS_CLOSED);
  free(writer);
  return status;
}

static void abort_writer(headrace_instance* instance, headrace_writer* writer) {
  (void)instance;
  count(WRITERS_CLOSED);
  free(writer);
}

/* Language model: tells who it is and what it was asked. */

static void release_completion(headrace_completion* completion) {
  count(LISTS_RELEASED);
  free(completion->private_data);
  completion->release = NULL;
}

static void malform_completion(headrace_completion* out, const char* how) {
  if (strcmp(how, "null") == 0) out->text.data = NULL;
  if (strcmp(how, "long") == 0) out->text.length = 5 << 20;
  if (strcmp(how, "utf8") == 0) ((char*)out->private_data)[0] = (char)0xff;
  if (strcmp(how, "size") == 0) out->struct_size = 8;
  if (strcmp(how, "finish") == 0) out->finish = 99;
}

static headrace_status complete(headrace_instance* instance, const headrace_call* call, const headrace_prompt* prompt,
                                headrace_completion* out, headrace_error* error) {
  struct step step = next_step(instance, "complete");
  headrace_status status = play(instance, call, &step, error);
  if (status != HEADRACE_OK) return status;
  const char* found = step_text(&step, "model");
  char model[64] = "scripted";
  if (found) snprintf(model, sizeof model, "%s", found);
  size_t size = prompt->prompt.length + sizeof model + 16;
  char* text = malloc(size);
  if (!text) return HEADRACE_FATAL;
  out->private_data = text;
  out->text.length =
      (uint64_t)snprintf(text, size, "%s answers: %.*s", model, (int)prompt->prompt.length, prompt->prompt.data);
  out->text.data = text;
  out->model.data = text;
  out->model.length = strlen(model);
  out->output_tokens = 3;
  if (step_has(&step, "cut")) out->finish = HEADRACE_FINISH_LENGTH;
  out->release = release_completion;
  count(LISTS);
  const char* how = step_text(&step, "malform");
  if (how) malform_completion(out, how);
  return HEADRACE_OK;
}

/* What the library is. */

static const char schema_text[] =
    "{\"type\": \"object\", \"properties\": {\"script\": {\"type\": \"object\"}, \"rows\": {\"type\": \"integer\"}, "
    "\"batch_rows\": {\"type\": \"integer\"}, \"n_splits\": {\"type\": \"integer\", \"maximum\": 8}, "
    "\"ack_file\": {\"type\": \"string\"}, "
    "\"endpoint\": {\"type\": \"string\", \"x-headrace-endpoint\": true}}}";

const headrace_factory scripted_factory = {
    sizeof(headrace_factory), 0, {schema_text, sizeof schema_text - 1}, create, destroy, cancel};

const headrace_source scripted_source = {sizeof(headrace_source), 0, &scripted_factory, discover, make_splits,
                                         open_split, read_batch, acknowledge, close_reader};

const headrace_transform scripted_transform = {sizeof(headrace_transform), HEADRACE_TRANSFORM_PASS_THROUGH_ALLOWED,
                                               &scripted_factory, bind_transform, apply};

const headrace_detector scripted_detector = {sizeof(headrace_detector), 0,          &scripted_factory, bind_detector,
                                             inspect,                   finish_run, save,              restore};

const headrace_format scripted_format = {
    sizeof(headrace_format), 0, &scripted_factory, {"txt", 3}, {"TEXT", 4}, open_writer, write_rows, finish_writer,
    abort_writer};

const headrace_llm scripted_llm = {sizeof(headrace_llm), 0, &scripted_factory, complete};

static headrace_status negotiate(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error) {
  (void)error;
  if (minimum > HEADRACE_ABI_VERSION || maximum < HEADRACE_ABI_VERSION) return HEADRACE_UNSUPPORTED;
  *version = HEADRACE_ABI_VERSION;
  return HEADRACE_OK;
}

static headrace_status init(headrace_error* error) {
  (void)error;
  count(INITS);
  return HEADRACE_OK;
}

static void deinit(void) { count(DEINITS); }

static const void* get_extension(headrace_string id) {
  static const struct {
    const char* id;
    const void* table;
  } tables[] = {{HEADRACE_SOURCE, &scripted_source},
                {HEADRACE_TRANSFORM, &scripted_transform},
                {HEADRACE_DETECTOR, &scripted_detector},
                {HEADRACE_FORMAT, &scripted_format},
                {HEADRACE_LLM, &scripted_llm}};
  for (size_t index = 0; index < sizeof tables / sizeof *tables; index++)
    if (strlen(tables[index].id) == id.length && memcmp(tables[index].id, id.data, id.length) == 0)
      return tables[index].table;
  return NULL;
}

static const headrace_entry entry = {sizeof(headrace_entry), 0,    {"scripted", 8}, {"1.0.0", 5}, negotiate,
                                     init,                   deinit, get_extension};

const headrace_entry* headrace_plugin_entry(void) { return &entry; }
