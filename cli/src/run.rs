//! `kvorum run FILE`.

use std::io::Write as _;

use kvorum::script::{self, Report, RunOptions, ScriptError, Step};
use serde_json::{Value, json};

use crate::args::RunArgs;
use crate::exit::{Exit, Stop};
use crate::files::{read_script, write_file};
use crate::session::{counted, is_check, show_detail, show_failure, show_step};
use crate::terminal::{BAD, COMMAND, GOOD, Terminal, printable};

/// Runs a script and shows what happened.
///
/// # Errors
/// [`Stop::Usage`] for a script that cannot be found, read or understood; [`Stop::Environment`] for a
/// picture that cannot be written.
pub fn run(args: &RunArgs, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let text = read_script(&args.file)?;
    let file = args.file.display().to_string();
    let options = RunOptions {
        seed: args.seed,
        ..RunOptions::default()
    };
    let report = match script::run(&file, &text, &options) {
        Ok(report) => report,
        Err(error) => {
            if args.json {
                show_json(terminal, &refusal(&file, args.seed, &error))?;
            }
            return Err(Stop::Usage(error.to_string()));
        }
    };
    if let Some(path) = &args.svg {
        write_file(path, &report.svg())?;
    }
    if args.json {
        show_json(terminal, &as_json(&file, args.seed, &report))?;
    } else {
        show(args, &file, &report, terminal)?;
    }
    Ok(Exit::of_check(report.passed()))
}

fn show(args: &RunArgs, file: &str, report: &Report, terminal: &mut Terminal) -> Result<(), Stop> {
    for step in &report.steps {
        if !args.check {
            show_step(terminal, step)?;
        } else if !step.ok {
            let source = printable(&step.source);
            writeln!(terminal, "{COMMAND}{source}{COMMAND:#}")?;
        }
        if !step.ok {
            show_failure(terminal, file, step)?;
            show_detail(terminal, step)?;
        }
    }
    if !args.check {
        writeln!(terminal)?;
    }
    show_summary(args, file, report, terminal)
}

fn show_summary(
    args: &RunArgs,
    file: &str,
    report: &Report,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let file = printable(file);
    let checks = report.steps.iter().filter(|step| is_checked(step)).count();
    let failed = failures(report);
    if checks == 0 {
        writeln!(
            terminal,
            "ran {file}: it states no expectation (write `-> answer`, or `expect ...`)"
        )?;
    } else if failed == 0 {
        let held = counted(checks, "expectation");
        writeln!(terminal, "{GOOD}passed{GOOD:#}  {file}: {held} held")?;
    } else {
        let all = counted(checks, "expectation");
        writeln!(terminal, "{BAD}FAILED{BAD:#}  {file}: {failed} of {all}")?;
    }
    if let Some(seed) = args.seed {
        writeln!(terminal, "seed {seed} (from --seed)")?;
    }
    if let Some(path) = &args.svg {
        writeln!(terminal, "picture {}", path.display())?;
    }
    writeln!(terminal, "trace   {}", report.trace_hash())?;
    Ok(())
}

fn is_checked(step: &Step) -> bool {
    step.expected.is_some() || is_check(step) || !step.ok
}

fn failures(report: &Report) -> usize {
    report.steps.iter().filter(|step| !step.ok).count()
}

fn as_json(file: &str, seed: Option<u64>, report: &Report) -> Value {
    let steps: Vec<Value> = report.steps.iter().map(step_as_json).collect();
    json!({
        "file": file,
        "seed": seed,
        "passed": report.passed(),
        "failed": failures(report),
        "trace_hash": report.trace_hash(),
        "steps": steps,
    })
}

fn step_as_json(step: &Step) -> Value {
    json!({
        "line": step.line,
        "label": step.label,
        "source": step.source,
        "printed": step.printed,
        "expected": step.expected,
        "detail": step.detail,
        "ok": step.ok,
    })
}

fn refusal(file: &str, seed: Option<u64>, error: &ScriptError) -> Value {
    json!({
        "file": file,
        "seed": seed,
        "passed": false,
        "error": { "line": error.line, "column": error.column, "message": error.message },
    })
}

fn show_json(terminal: &mut Terminal, value: &Value) -> Result<(), Stop> {
    writeln!(terminal, "{value}")?;
    Ok(())
}
