/* The one symbol that a plugin exports, and how instances come to be. */
#ifndef HEADRACE_PLUGIN_H
#define HEADRACE_PLUGIN_H

#include <headrace/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A configured plugin. Only the plugin knows what is in it. */
typedef struct headrace_instance headrace_instance;

/* `flags` of a factory */
#define HEADRACE_INSTANCE_THREAD_BOUND 1 /* all calls to an instance must come from the thread that created it */
#define HEADRACE_INSTANCE_RETRIES 2      /* it repeats failed operations by itself; the host then does not */

/* How instances of one kind are made. Constant; valid as long as the library is loaded. */
typedef struct headrace_factory {
  uint32_t struct_size;
  uint32_t flags;

  /* A JSON Schema (draft 2020-12) of the configuration. The host validates against it before `create`, names the line
   * in the user's file, and fills in defaults. Properties with `"writeOnly": true` are secrets and are never shown. */
  headrace_string config_schema;

  /* [control thread] Makes an instance. `config` is JSON that the schema allows. Opens nothing: a wrong password is
   * told by the first call that needs the connection. HEADRACE_NOT_FOUND says that this machine lacks something that
   * every instance needs, such as a library.
   * OWNERSHIP: the host owns `*out` and gives it back to `destroy`. `host` is valid until `destroy` has returned. */
  headrace_status (*create)(const headrace_call* call, const headrace_host* host, headrace_string config,
                            headrace_instance** out, headrace_error* error);

  /* [instance thread] Frees the instance with all that it opened. Batches that it returned remain valid. */
  void (*destroy)(headrace_instance* instance);

  /* [any thread] The call under way should end soon with HEADRACE_CANCELLED. Without one it does nothing: the next
   * call is not affected. Never blocks. */
  void (*cancel)(headrace_instance* instance);
} headrace_factory;

/* What a library is. Constant; valid as long as the library is loaded. */
typedef struct headrace_entry {
  uint32_t struct_size;
  uint32_t reserved;
  headrace_string name;    /* lower case, digits, hyphens: `postgres` */
  headrace_string version; /* of the plugin, semantic */

  /* [control thread] Picks the ABI version to be used, within [minimum, maximum] of the host, or declines with
   * HEADRACE_UNSUPPORTED and a reason. Called before everything else. */
  headrace_status (*negotiate)(uint32_t minimum, uint32_t maximum, uint32_t* version, headrace_error* error);

  /* [control thread] Prepares what instances share. Counted: the work is done at the first of several calls and undone
   * at the last matching `deinit`. Opens no connection and starts no thread. May be NULL. */
  headrace_status (*init)(headrace_error* error);

  /* [control thread & init, no instance left] May be NULL. */
  void (*deinit)(void);

  /* [any thread] The structure of an extension, or NULL. Kinds are extensions: `headrace.source/1`. */
  const void* (*get_extension)(headrace_string id);
} headrace_entry;

/* [any thread] The symbol. Does nothing but return the address of a constant: the host calls it to look. */
HEADRACE_EXPORT const headrace_entry* headrace_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif /* HEADRACE_PLUGIN_H */
