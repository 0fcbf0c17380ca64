//! `twinsight export onnx` and `export safetensors`.

use super::target::{Target, report};
use crate::cli::Status;
use crate::cli::context::{Context, JsonFlag, RunFlag};
use crate::cli::output::note;
use crate::config::Overrides;
use crate::export::onnx;
use crate::files;
use crate::model::checkpoint;

/// A network, and where to write it.
#[derive(Debug, clap::Args)]
pub(super) struct Network {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    run: RunFlag,
    #[command(flatten)]
    common: JsonFlag,
}

/// The format of the file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    Onnx,
    Safetensors,
}

impl Network {
    pub(super) fn run(self, form: Form) -> anyhow::Result<Status> {
        let context = Context::new(&(&self.common).into(), Overrides::default())?;
        let saved = context.model(&self.run)?.saved;
        let file = &self.target.file;
        self.target.check_free(file)?;
        match form {
            Form::Onnx => {
                files::write_private(file, &onnx::encode(&saved.model, &saved.metadata))?;
                if let Some(backbone) = saved.model.backbone() {
                    note(&format!(
                        "the file holds the trained head and takes the {} features of {}, which is not in it; its metadata \
                         names that network's SHA-256",
                        backbone.embedding, backbone.name
                    ));
                }
            }
            Form::Safetensors => {
                let scores = saved.validation_scores();
                checkpoint::save(file, &saved.model, &saved.metadata, &scores, None)?;
            }
        }
        report(vec![self.target.file], self.common.json)
    }
}
