//! Every structure of `abi` has the size and the offsets that a C compiler gives to the one in the headers.

use headrace_plugin::abi::*;
use std::fmt::Write;
use std::mem::{size_of, MaybeUninit};
use std::process::Command;
use std::{env, fs, ptr};

macro_rules! structures {
    ($($name:ident { $($member:ident)* })*) => {
        /// What Rust makes of them, a line each.
        fn ours() -> String {
            let mut lines = String::new();
            $(
                writeln!(lines, "{} {}", stringify!($name), size_of::<$name>()).unwrap();
                $({
                    let value = MaybeUninit::<$name>::uninit();
                    let member = unsafe { ptr::addr_of!((*value.as_ptr()).$member) };
                    let offset = member as usize - value.as_ptr() as usize;
                    writeln!(lines, "{}.{} {}", stringify!($name), stringify!($member), offset).unwrap();
                })*
            )*
            lines
        }

        /// A program that prints the same lines of the headers.
        fn program() -> String {
            let mut lines = String::from(
                "#include <headrace/headrace.h>\n#include <headrace/ext/draft/llm.h>\n\
                 #include <stddef.h>\n#include <stdio.h>\n\
                 typedef struct ArrowSchema ArrowSchema;\ntypedef struct ArrowArray ArrowArray;\n\
                 int main(void) {\n");
            $(
                writeln!(lines, "printf(\"{0} %zu\\n\", sizeof({0}));", stringify!($name)).unwrap();
                $(
                    let (name, member) = (stringify!($name), stringify!($member));
                    writeln!(lines, "printf(\"{0}.{1} %zu\\n\", offsetof({0}, {1}));", name, member).unwrap();
                )*
            )*
            lines + "return 0;\n}\n"
        }
    };
}

structures! {
    headrace_string { data length }
    headrace_bytes { data length }
    headrace_key_value { key value }
    headrace_buffer { struct_size reserved bytes private_data release }
    ArrowSchema { format name metadata flags n_children children dictionary release private_data }
    ArrowArray {
        length null_count offset n_buffers n_children buffers children dictionary release private_data
    }
    headrace_error {
        struct_size status vendor_code retry_after_ns message vendor_state details n_details private_data
        release
    }
    headrace_call { struct_size attempt deadline_ns ctx now is_cancelled idempotency_key }
    headrace_reject { struct_size status row place reason record }
    headrace_batch {
        struct_size flags array rejects n_rejects ordinal position source_bytes private_data release
    }
    headrace_host { struct_size abi_version ctx get_extension }
    headrace_host_log { struct_size reserved is_enabled write }
    headrace_host_metrics { struct_size reserved add set }
    headrace_host_secrets { struct_size reserved read }
    headrace_host_state { struct_size reserved read write }
    headrace_host_allocator { struct_size reserved allocate free }
    headrace_factory { struct_size flags config_schema create destroy cancel }
    headrace_entry { struct_size reserved name version negotiate init deinit get_extension }
    headrace_stream {
        struct_size flags name schema key n_key cursors n_cursors estimated_rows estimated_bytes notes n_notes
    }
    headrace_stream_list { struct_size reserved items n_items private_data release }
    headrace_split_position { struct_size is_complete split identity position ordinal }
    headrace_split_request { struct_size read stream known n_known split_bytes cursor }
    headrace_split { struct_size reserved id identity token estimated_rows estimated_bytes }
    headrace_split_list { struct_size reserved items n_items private_data release }
    headrace_open_request {
        struct_size read stream split identity token position ordinal batch_bytes batch_rows
    }
    headrace_source { struct_size flags factory discover splits open read ack close }
    headrace_transform { struct_size flags factory bind apply }
    headrace_finding { struct_size severity rule column message row score observed expected }
    headrace_finding_list { struct_size reserved items n_items private_data release }
    headrace_run_summary { struct_size reserved rows wall_time_us }
    headrace_detector { struct_size flags factory bind inspect finish save restore }
    headrace_prompt { struct_size max_output_tokens system prompt temperature }
    headrace_completion { struct_size finish text model input_tokens output_tokens private_data release }
    headrace_llm { struct_size flags factory complete }
    headrace_http_request {
        struct_size reserved method url headers n_headers body max_response_bytes timeout_ns
    }
    headrace_http_response {
        struct_size status_code outcome reserved retry_after_ns headers n_headers body private_data release
    }
    headrace_host_http { struct_size reserved send }
}

#[test]
fn layout_is_that_of_the_headers() {
    let folder = env::temp_dir().join(format!("headrace-layout-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (source, binary) = (folder.join("layout.c"), folder.join("layout"));
    fs::write(&source, program()).unwrap();
    let kit = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_string());
    let compiled = Command::new(compiler)
        .arg("-std=c11")
        .args([format!("-I{}/C/include", kit), format!("-I{}/Arrow/include", kit)])
        .arg(&source)
        .arg("-o")
        .arg(&binary)
        .status();
    assert!(compiled.unwrap().success());
    let theirs = Command::new(&binary).output().unwrap().stdout;
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(ours(), String::from_utf8(theirs).unwrap());
}
