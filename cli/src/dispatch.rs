//! From a parsed command line to the subcommand's own function.

use crate::args::{Args, Command, QuizCommand};
use crate::exit::{Exit, Stop};
use crate::terminal::Terminal;
use crate::{
    cheatsheet, completions, estimate, learn, man, plan, progress, quiz, record, repl, ring, run,
    store, topology, torture, tour, upkeep, welcome,
};

/// Runs the command that was asked for; without one, says where the learner is.
///
/// # Errors
/// The subcommand's own.
pub fn dispatch(args: &Args, terminal: &mut Terminal) -> Result<Exit, Stop> {
    let db = args.db.as_deref();
    match &args.command {
        None => welcome::welcome(db, terminal),
        Some(Command::Tour(tour)) => tour::tour(tour, terminal),
        Some(Command::Run(run)) => run::run(run, terminal),
        Some(Command::Cluster(cluster)) => {
            repl::cluster(cluster, record::beside(db, repl::HISTORY_FILE), terminal)
        }
        Some(Command::Ring(ring)) => ring::ring(ring, terminal),
        Some(Command::PlanTopology(plan)) => topology::plan(plan, terminal),
        Some(Command::Store(store)) => store::store(store, terminal),
        Some(Command::Quiz(quiz)) => match &quiz.command {
            Some(QuizCommand::Lint(lint)) => quiz::lint::lint(lint, terminal),
            Some(QuizCommand::Simulate(args)) => quiz::simulate::simulate(args, terminal),
            None => quiz::quiz(quiz, db, terminal),
        },
        Some(Command::Progress(progress)) => progress::progress(progress, db, terminal),
        Some(Command::Plan(plan)) => plan::plan(plan, db, terminal),
        Some(Command::Record(action)) => upkeep::record(action, db, terminal),
        Some(Command::Cheatsheet(sheet)) => cheatsheet::print(sheet, terminal),
        Some(Command::Estimate(inputs)) => estimate::estimate(inputs, terminal),
        Some(Command::Book(book)) => learn::book(book, terminal),
        Some(Command::Learn(learn)) => learn::learn(learn, args.db.clone(), terminal),
        Some(Command::Torture(torture)) => torture::torture(torture, terminal),
        Some(Command::Completions(completions)) => completions::completions(completions, terminal),
        Some(Command::Man(man)) => man::man(man, terminal),
        Some(Command::MdbookPreprocess(preprocess)) => learn::mdbook_preprocess(preprocess),
    }
}
