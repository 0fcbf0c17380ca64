//! A sweep as work for others: Slurm, GNU parallel, or any program that takes a list of commands.

use std::fmt::Write as _;
use std::path::Path;

use super::plan::Sweep;

/// Who is to do the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A job array for `sbatch`.
    Slurm,
    /// A command line of GNU parallel.
    Parallel,
    /// One command for each task.
    List,
}

/// Slurm's usual limit is 1,001 jobs in an array (`MaxArraySize`), numbered from 0.
const MOST_JOBS: usize = 1000;

/// The missing tasks as text for `target`, each with so many threads. `program` is this program, as the machines that work find
/// it.
///
/// For Slurm: tasks that are killed or preempted are queued again (`--requeue`), and do again only what has no result.
pub fn script(sweep: &Sweep, target: Target, program: &Path, threads: usize) -> String {
    let missing = sweep.missing();
    let task = format!(
        "{} sweep task {} --threads {threads}",
        quoted(program),
        quoted(sweep.folder())
    );
    match target {
        Target::List => missing.iter().fold(String::new(), |mut text, number| {
            let _ = writeln!(text, "{task} {number}");
            text
        }),
        Target::Parallel => {
            let numbers: Vec<String> = missing.iter().map(usize::to_string).collect();
            format!(
                "parallel --jobs \"$(( ($(nproc) + {threads} - 1) / {threads} ))\" {task} {{}} ::: {}\n",
                numbers.join(" ")
            )
        }
        Target::Slurm => slurm(sweep, &missing, &task, threads),
    }
}

fn slurm(sweep: &Sweep, missing: &[usize], task: &str, threads: usize) -> String {
    let each = missing.len().div_ceil(MOST_JOBS).max(1);
    let (array, numbers) = match each {
        1 => (ranges(missing), "\"$SLURM_ARRAY_TASK_ID\"".to_owned()),
        // Tasks that are done already are skipped at once, and numbers past the last one too.
        _ => (
            format!("0-{}", sweep.tasks().div_ceil(each).saturating_sub(1)),
            format!("\"$(( SLURM_ARRAY_TASK_ID * {each} ))\" --count {each}"),
        ),
    };
    let name = sweep
        .folder()
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let name: String = name
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
        .collect();
    format!(
        "#!/bin/sh\n\
         #SBATCH --job-name=twinsight-{name}\n\
         #SBATCH --array={array}\n\
         #SBATCH --cpus-per-task={threads}\n\
         #SBATCH --requeue\n\
         #SBATCH --open-mode=append\n\
         #SBATCH --output=twinsight-{name}-%a.log\n\
         exec {task} {numbers}\n"
    )
}

/// `0-3,7`.
fn ranges(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let texts: Vec<String> = runs
        .map(|run| match run {
            [one] => one.to_string(),
            [first, .., last] => format!("{first}-{last}"),
            [] => String::new(),
        })
        .collect();
    texts.join(",")
}

/// For a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    match path.chars().all(plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::SweepSpec;

    fn sweep(home: &Path, seeds: &str) -> Sweep {
        let text = format!(r#"(recipes: ["tutorial"], seeds: [{seeds}], folds: 4)"#);
        let spec = SweepSpec::parse(&text, "spec.ron").unwrap();
        Sweep::create(&home.join("it's"), &spec, home).unwrap()
    }

    fn done(sweep: &Sweep, number: usize) {
        let path = sweep.result_path(sweep.task(number).unwrap());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "{\"pieces\": []}").unwrap();
    }

    #[test]
    fn only_missing_tasks_are_given_out() {
        let home = tempfile::tempdir().unwrap();
        let sweep = sweep(home.path(), "0, 1");
        for number in [0, 3, 4] {
            done(&sweep, number);
        }
        let program = Path::new("/opt/twin sight");
        let list = script(&sweep, Target::List, program, 2);
        let folder = sweep.folder().display().to_string().replace('\'', "'\\''");
        let first = format!("'/opt/twin sight' sweep task '{folder}' --threads 2 1");
        assert_eq!(list.lines().next(), Some(&*first));
        assert_eq!(list.lines().count(), 5);
        let slurm = script(&sweep, Target::Slurm, program, 2);
        assert!(slurm.contains("--array=1-2,5-7\n"), "{slurm}");
        assert!(slurm.contains("--cpus-per-task=2\n") && slurm.contains("--requeue\n"));
        assert!(
            slurm.ends_with("--threads 2 \"$SLURM_ARRAY_TASK_ID\"\n"),
            "{slurm}"
        );
        let parallel = script(&sweep, Target::Parallel, program, 2);
        assert!(parallel.ends_with("{} ::: 1 2 5 6 7\n"), "{parallel}");
    }

    #[test]
    fn an_array_has_at_most_a_thousand_jobs() {
        let home = tempfile::tempdir().unwrap();
        let seeds: Vec<String> = (0..600).map(|seed| seed.to_string()).collect();
        let sweep = sweep(home.path(), &seeds.join(", "));
        let slurm = script(&sweep, Target::Slurm, Path::new("twinsight"), 2);
        assert!(slurm.contains("--array=0-799\n"), "{slurm}");
        assert!(
            slurm.ends_with("\"$(( SLURM_ARRAY_TASK_ID * 3 ))\" --count 3\n"),
            "{slurm}"
        );
    }
}
